package plainweave;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.observe.Leaked;
import plainweave.observe.Observer;
import plainweave.observe.jfr.Events;
import plainweave.pool.Held;
import plainweave.schedule.Permit;

/**
 * All leases and streams that are out, and what looks wrong about them: held for long, lost without being closed, or ended without
 * {@code keep()} as a habit. Safe from any thread.
 */
final class Leases {
    private static final Logger LOG = System.getLogger(Leases.class.getName());

    /** Fewer leases say nothing about a habit. */
    private static final int HABIT = 20;

    /** Endpoints whose habits are watched; more would be memory for a hint. */
    private static final int MAX_WATCHED = 1_000;

    private final Duration silence;
    private final Duration leakAfter;
    private final Failures failures;
    private final Exchanger exchanger;
    private final Observer observer;
    private final LongSupplier nanoTime;
    private final Set<Leasing> out;
    private final ReferenceQueue<Object> lost = new ReferenceQueue<>();
    private final Map<Endpoint, Habit> habits = new ConcurrentHashMap<>();

    /** How leases of an endpoint ended that met no error. */
    private record Habit(int ended, int kept, boolean told) {
        Habit with(boolean keep) {
            return new Habit(ended + 1, kept + (keep ? 1 : 0), told);
        }

        boolean wasteful() {
            return ended >= HABIT && kept * 2 < ended;
        }
    }

    /**
     * No lease is out yet.
     *
     * @param out where to put those that will be; a set for use by several threads
     */
    Leases(
            Set<Leasing> out,
            Duration silence,
            Duration leakAfter,
            Failures failures,
            Exchanger exchanger,
            Observer observer,
            LongSupplier nanoTime) {
        this.out = out;
        this.silence = silence;
        this.leakAfter = leakAfter;
        this.failures = failures;
        this.exchanger = exchanger;
        this.observer = observer;
        this.nanoTime = nanoTime;
    }

    /** A connection for the caller's own use; the lease gives it and its permit back. */
    Lease lease(Route route, Codec<?, ?> codec, Priority priority, Deadline deadline, @Nullable Deadline total) {
        return exchanger.exclusive(
                route,
                codec,
                priority,
                deadline,
                (permit, held, progress) -> new Lease(
                        lease -> out(Leasing.Kind.LEASE, route, priority, permit, held, progress, total, lease)));
    }

    /** A request and its replies on a connection of their own; the replies give it and its permit back. */
    <Q, R> Replies<R> stream(
            Route route, Codec<Q, R> codec, Q request, Priority priority, Deadline deadline, @Nullable Deadline total) {
        return exchanger.exclusive(
                route,
                codec,
                priority,
                deadline,
                (permit, held, progress) -> new Replies<>(
                        replies -> out(Leasing.Kind.STREAM, route, priority, permit, held, progress, total, replies),
                        codec,
                        request,
                        deadline));
    }

    private Leasing out(
            Leasing.Kind kind,
            Route route,
            Priority priority,
            Permit permit,
            Held held,
            Progress progress,
            @Nullable Deadline total,
            Object owned) {
        Leasing leasing = new Leasing(this, kind, route, priority, permit, held, progress, total, owned, lost);
        out.add(leasing);
        return leasing;
    }

    /** What was held turned out to be dead. */
    void drop(Held stale) {
        exchanger.drop(stale);
    }

    /** A new connection in its place. */
    Held dial(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        return exchanger.dial(permit, route, codec, deadline, progress);
    }

    /** The clock of ages. */
    long now() {
        return nanoTime.getAsLong();
    }

    Duration silence() {
        return silence;
    }

    CallException explain(Leasing leasing, Exception e, Deadline limit, boolean bySilence, Progress progress) {
        String allowed = bySilence
                ? "silence " + Progress.inWords(silence.toNanos())
                : Progress.inWords(limit.nanoTime() - progress.started());
        progress.finish(System.nanoTime());
        // A copy, because the holder may go on reading or writing, and the failure tells of now.
        return failures.explain(e, leasing.route.endpoint(), leasing.priority, limit, () -> allowed, progress.copy());
    }

    void ended(Leasing leasing, Progress progress, @Nullable CallException failure) {
        out.remove(leasing);
        exchanger.report(leasing.route, leasing.priority, progress, failure);
        if (failure == null && leasing.kind == Leasing.Kind.LEASE) {
            watchHabit(leasing);
        }
    }

    private void watchHabit(Leasing leasing) {
        Endpoint endpoint = leasing.route.endpoint();
        if (habits.size() >= MAX_WATCHED && !habits.containsKey(endpoint)) {
            return;
        }
        boolean keep = leasing.kept();
        Habit habit = habits.merge(endpoint, new Habit(1, keep ? 1 : 0, false), (before, one) -> before.with(keep));
        if (habit.wasteful() && !habit.told) {
            Habit told = habits.computeIfPresent(endpoint, (e, h) -> new Habit(h.ended, h.kept, true));
            if (told != null) {
                LOG.log(
                        Level.WARNING,
                        told.ended - told.kept + " of " + told.ended + " leases of " + endpoint
                                + " ended without keep(), so each opened a connection of its own: call keep() where the"
                                + " conversation has come to a clean end");
            }
        }
    }

    /** How many leases and streams this thread took and has not closed. */
    static int heldByThisThread(Set<Leasing> out) {
        int mine = 0;
        for (Leasing leasing : out) {
            if (leasing.holder.equals(Thread.currentThread())) {
                mine++;
            }
        }
        return mine;
    }

    /** Reports what is held for too long, and takes back what was lost. The housekeeper calls it. */
    void sweep() {
        for (Reference<?> ref = lost.poll(); ref != null; ref = lost.poll()) {
            Leasing leasing = ((Leasing.Collected) ref).leasing;
            if (leasing.close()) {
                report(leasing, true);
            }
        }
        for (Leasing leasing : out) {
            if (leasing.age().compareTo(leakAfter) >= 0 && !leasing.leakReported.get()) {
                report(leasing, false);
            }
        }
    }

    private void report(Leasing leasing, boolean lost) {
        String what =
                lost ? "was lost without being closed; its connection and permit are back" : "is held and not closed";
        Throwable now = new Throwable("its holder, thread " + leasing.holder.getName() + ", stands here");
        now.setStackTrace(leasing.holder.getStackTrace());
        Leaked leaked = new Leaked(leasing.route.endpoint(), leasing.age(), leasing.takenBy, now);
        LOG.log(
                Level.WARNING,
                "a " + leasing.kind + " of " + leaked.endpoint() + " " + what + ", after "
                        + Progress.inWords(leaked.held().toNanos()),
                leaked.takenAt());
        LOG.log(Level.WARNING, "the " + leasing.kind + " of " + leaked.endpoint() + ": where its holder is now", now);
        if (leasing.leakReported.compareAndSet(false, true)) {
            Events.leak(
                    leaked.endpoint(), leasing.kind, lost, leaked.held(), leasing.holder, callerIn(leaked.takenAt()));
            observer.leaked(leaked);
        }
    }

    /** The line of the user's that took it. */
    private static String callerIn(Throwable stack) {
        return Stream.of(stack.getStackTrace())
                .dropWhile(frame -> !isDoor(frame))
                .dropWhile(Leases::isDoor)
                .map(StackTraceElement::toString)
                .findFirst()
                .orElse("");
    }

    private static boolean isDoor(StackTraceElement frame) {
        return frame.getClassName().equals(Remote.class.getName())
                || frame.getClassName().equals(Client.class.getName());
    }
}
