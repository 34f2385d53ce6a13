package plainweave;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import plainweave.call.Attempt;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.RejectedException;
import plainweave.call.UnreachableException;
import plainweave.connection.CodecFailure;
import plainweave.net.CutException;
import plainweave.net.DialException;
import plainweave.observe.ClientStats;
import plainweave.observe.Observer;
import plainweave.observe.Shed;
import plainweave.observe.jfr.Events;
import plainweave.pool.ConnectionPool;
import plainweave.schedule.PrioritySemaphore;
import plainweave.schedule.Refused;

/**
 * Turns whatever ended a call into one of the six failures, with a message that tells a stranger what happened, where the time
 * went and how permits, queue and pool stood. The lower floors throw what they know; only here is it put together.
 */
final class Failures {
    private static final Logger LOG = System.getLogger(Failures.class.getName());
    private static final long DUMP_INTERVAL_NANOS = 1_000_000_000;

    private final PrioritySemaphore semaphore;
    private final ConnectionPool pool;
    private final Observer observer;
    private final ClientOptions options;
    private final IntSupplier leasesOfThisThread;
    private final Supplier<ClientStats> stats;
    private final Supplier<String> dump;
    private final AtomicLong nextDump = new AtomicLong(System.nanoTime());

    Failures(
            PrioritySemaphore semaphore,
            ConnectionPool pool,
            Observer observer,
            ClientOptions options,
            IntSupplier leasesOfThisThread,
            Supplier<ClientStats> stats,
            Supplier<String> dump) {
        this.semaphore = semaphore;
        this.pool = pool;
        this.observer = observer;
        this.options = options;
        this.leasesOfThisThread = leasesOfThisThread;
        this.stats = stats;
        this.dump = dump;
    }

    /** The failure to throw; finishes the progress, and sets the interrupt flag again where it was cleared. */
    CallException explain(Throwable e, Endpoint endpoint, Priority priority, Deadline deadline, Progress progress) {
        return explain(
                e,
                endpoint,
                priority,
                deadline,
                () -> Progress.inWords(Math.max(0, deadline.nanoTime() - progress.started())),
                progress);
    }

    /** The same where what was allowed is not the time from start to deadline. */
    CallException explain(
            Throwable e,
            Endpoint endpoint,
            Priority priority,
            Deadline deadline,
            Supplier<String> allowed,
            Progress progress) {
        progress.finish(System.nanoTime());
        if (e instanceof CallException told) {
            return told;
        }
        if (e instanceof InterruptedException || e instanceof ClosedByInterruptException) {
            Thread.currentThread().interrupt();
            return new CancelledException("interrupted", details(endpoint, priority, progress), endpoint, progress, e);
        }
        if (e instanceof CancellationException
                || e instanceof CutException cut && cut.reason() != CutException.Reason.DEADLINE) {
            return new CancelledException(said(e), details(endpoint, priority, progress), endpoint, progress, e);
        }
        if (e instanceof RejectedExecutionException) {
            String why = e.getMessage() + ownLeases(progress);
            observer.shed(new Shed(endpoint, priority, why));
            Events.shed(endpoint, priority, e instanceof Refused refused ? refused.inFavourOf() : null, why);
            return new RejectedException(why, details(endpoint, priority, progress), endpoint, progress, null);
        }
        boolean connecting =
                progress.phase().compareTo(Phase.DNS) >= 0 && progress.phase().compareTo(Phase.OPEN) <= 0;
        boolean outOfTime = e instanceof TimeoutException || e instanceof CutException || e instanceof DialException;
        if (outOfTime && (deadline.expired() || !connecting)) {
            String what = "too slow, " + Progress.inWords(progress.nanos(progress.phase())) + " of "
                    + allowed.get() + " in " + progress.phase()
                    + (e instanceof TimeoutException ? " " + e.getMessage() : "") + notReached(progress)
                    + tried(e) + ownLeases(progress);
            if (e instanceof TimeoutException) {
                logDump(endpoint);
            }
            return new DeadlineExceededException(what, details(endpoint, priority, progress), endpoint, progress, e);
        }
        if (connecting) {
            return unreachable(e, endpoint, priority, progress);
        }
        if (e instanceof CodecFailure codec) {
            return new CodecException(
                    "codec failed, " + said(e),
                    details(endpoint, priority, progress),
                    endpoint,
                    progress,
                    codec.thrown());
        }
        if (e instanceof IOException) {
            String what = "connection lost, " + said(e);
            return new ConnectionLostException(what, details(endpoint, priority, progress), endpoint, progress, e);
        }
        return new CodecException("failed, " + e, details(endpoint, priority, progress), endpoint, progress, e);
    }

    private UnreachableException unreachable(Throwable e, Endpoint endpoint, Priority priority, Progress progress) {
        List<Attempt> attempts;
        if (e instanceof DialException dial) {
            attempts = dial.attempts();
        } else {
            Duration took = Duration.ofNanos(progress.nanos(progress.phase()));
            attempts = List.of(new Attempt(endpoint.toString(), progress.phase(), took, e));
        }
        boolean remembered = e instanceof DialException dial && dial.isRemembered();
        StringBuilder what = new StringBuilder(
                remembered
                        ? "not tried, for it could not be reached just before"
                        : "no connection"
                                + (timedOut(e, attempts)
                                        ? " within connectTimeout "
                                                + Progress.inWords(
                                                        options.connectTimeout().toNanos())
                                        : ""));
        attempts.forEach(attempt -> what.append("; ").append(attempt));
        Throwable cause =
                attempts.isEmpty() ? e : attempts.getLast().cause(); // a refused login, say, not the list of them
        return new UnreachableException(
                what.toString(), details(endpoint, priority, progress), endpoint, progress, attempts, cause);
    }

    private Details details(Endpoint endpoint, Priority priority, Progress progress) {
        return new Details(
                priority,
                progress,
                semaphore.counts(endpoint),
                options.queuePerEndpoint(),
                pool.counts(endpoint),
                stats.get());
    }

    private static String said(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static boolean timedOut(Throwable e, List<Attempt> attempts) {
        return e instanceof CutException
                || attempts.isEmpty()
                || attempts.stream()
                        .anyMatch(a -> a.cause() instanceof CutException || a.cause() instanceof TimeoutException);
    }

    /** Who cannot get through wants to know what everybody else is doing; once a second is enough for a log. */
    private void logDump(Endpoint endpoint) {
        long due = nextDump.get();
        long now = System.nanoTime();
        if (now - due >= 0 && nextDump.compareAndSet(due, now + DUMP_INTERVAL_NANOS)) {
            LOG.log(
                    Level.WARNING,
                    "calls of " + endpoint + " time out in the queue; the client stands so:\n  " + dump.get());
        }
    }

    /** Who waits for permits while holding some may be waiting for itself. */
    private String ownLeases(Progress progress) {
        int mine = progress.phase() == Phase.QUEUE ? leasesOfThisThread.getAsInt() : 0;
        return mine == 0 ? "" : "; this thread itself holds the permits of leases: " + mine;
    }

    private static String tried(Throwable e) {
        StringBuilder tried = new StringBuilder();
        if (e instanceof DialException dial) {
            dial.attempts().forEach(attempt -> tried.append("; ").append(attempt));
        }
        return tried.toString();
    }

    private static String notReached(Progress progress) {
        List<String> missed = new ArrayList<>();
        for (Phase phase : Phase.values()) {
            if (phase.compareTo(progress.phase()) > 0 && phase != Phase.TLS) {
                missed.add(phase.toString());
            }
        }
        return missed.isEmpty() ? "" : ", " + String.join(", ", missed) + " not reached";
    }
}
