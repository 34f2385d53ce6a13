package plainweave;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.Deadline;

/**
 * Several calls at once with one deadline for all, made by {@link Client#fanout}. Close it in a try-with-resources statement: nothing
 * of it outlives that.
 *
 * <pre>{@code
 * try (Fanout<Page> fan = client.fanout(Duration.ofMillis(800))) {
 *     for (Endpoint shard : shards) fan.add(search.at(shard), query);
 *     for (Outcome<Page> outcome : fan.join()) merge(outcome);
 * }
 * }</pre>
 *
 * <p>It belongs to the thread that made it, virtual or platform; in any other its methods throw WrongThreadException. To stop it from
 * elsewhere, interrupt that thread. An Error in one of the calls cancels the rest and is thrown by whichever of {@link #join}, {@link
 * #joinOrThrow} and {@link #close} comes next.
 *
 * @param <R> what a reply is
 */
public final class Fanout<R> implements AutoCloseable {
    private final Deadline deadline;
    private final Thread owner = Thread.currentThread();
    private final List<Branch> branches = new ArrayList<>();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<@Nullable CallException> firstFailure = new AtomicReference<>();
    private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
    private List<Outcome<R>> outcomes = List.of();
    private boolean joined;
    private boolean closed;
    private boolean faultTold;

    Fanout(Deadline deadline) {
        this.deadline = deadline;
    }

    /** One call, on a thread of its own. */
    private final class Branch implements Runnable {
        private @Nullable Supplier<? extends R> call;
        final Thread thread;
        volatile @Nullable Outcome<R> outcome;
        boolean cut;

        Branch(Supplier<? extends R> call) {
            this.call = call;
            this.thread = Thread.ofVirtual().name("plainweave-fanout").unstarted(this);
        }

        @Override
        public void run() {
            boolean tell = false;
            try {
                outcome = new Done<>(Objects.requireNonNull(call).get());
            } catch (CallException e) {
                outcome = new Failed<>(e);
                tell = firstFailure.compareAndSet(null, e);
            } catch (RuntimeException | Error e) {
                tell = fault.compareAndSet(null, e);
            } finally {
                call = null; // and with it the request
                if (running.decrementAndGet() == 0 || tell) {
                    LockSupport.unpark(owner);
                }
            }
        }
    }

    /**
     * Starts a call at once, on a virtual thread of its own, at the remote's priority. It ends by the deadline of this fanout; the
     * remote's own time limit does not count.
     *
     * @param remote of this client or another
     * @throws IllegalStateException after {@link #join}, {@link #joinOrThrow} or {@link #close}
     */
    public <Q> void add(Remote<Q, ? extends R> remote, Q request) {
        requireOwner();
        if (joined || closed) {
            throw new IllegalStateException(
                    "the fanout is " + (closed ? "closed" : "joined") + ", nothing can be added");
        }
        Remote<Q, ? extends R> limited = remote.until(deadline);
        Objects.requireNonNull(request, "request");
        Branch branch = new Branch(() -> limited.call(request));
        branches.add(branch);
        running.incrementAndGet();
        boolean started = false;
        try {
            branch.thread.start();
            started = true;
        } finally {
            if (!started) {
                running.decrementAndGet();
                branches.removeLast();
            }
        }
    }

    /**
     * Waits until all calls are over, by the deadline at the latest. A call that failed is an outcome like any other.
     *
     * @return the outcomes in the order of {@link #add}; unmodifiable, and the same when asked again
     * @throws CancelledException if this thread is interrupted, which cancels the calls that still run; the interrupt flag is set. If
     *     none was cut short by that, their outcomes are returned
     * @throws IllegalStateException after {@link #close}
     */
    public List<Outcome<R>> join() {
        await(false);
        return outcomes;
    }

    /**
     * Waits until all calls have their reply. The first failure, that is the earliest in time, cancels the other calls and is thrown,
     * with the stack of the thread that made the call; what becomes of the others is not attached to it, but {@link #join} still tells.
     *
     * @return the replies in the order of {@link #add}; unmodifiable
     * @throws CallException if a call failed, or as {@link #join} throws
     * @throws IllegalStateException after {@link #close}
     */
    public List<R> joinOrThrow() {
        await(true);
        CallException failure = firstFailure.get();
        if (failure != null) {
            throw failure;
        }
        List<R> replies = new ArrayList<>(outcomes.size());
        for (Outcome<R> outcome : outcomes) {
            replies.add(((Done<R>) outcome).reply());
        }
        return Collections.unmodifiableList(replies);
    }

    private void await(boolean untilFailure) {
        requireOwner();
        if (closed) {
            throw new IllegalStateException("the fanout is closed");
        }
        joined = true;
        boolean interrupted = false;
        while (running.get() > 0
                && !interrupted
                && fault.get() == null
                && !(untilFailure && firstFailure.get() != null)) {
            LockSupport.park(this);
            interrupted = Thread.interrupted();
        }
        CancelledException cut;
        try {
            cut = end();
        } finally {
            if (interrupted) {
                owner.interrupt();
            }
        }
        tellFault();
        if (interrupted && cut != null) {
            String reason = "interrupted while it was one of " + outcomes.size() + " calls to be joined";
            throw new CancelledException(reason, "its own failure is the cause", cut.endpoint(), cut.progress(), cut);
        }
    }

    /** Cancels what runs and waits for all threads to end; one of the calls that were cut short by it, if any was. */
    private @Nullable CancelledException end() {
        for (Branch branch : branches) {
            if (branch.outcome == null) {
                branch.cut = true;
                branch.thread.interrupt();
            }
        }
        Threads.awaitEnd(branches.stream().map(branch -> branch.thread).toList());
        CancelledException cut = null;
        List<Outcome<R>> all = new ArrayList<>(outcomes);
        for (Branch branch : branches) {
            Outcome<R> outcome = branch.outcome;
            if (outcome != null) {
                all.add(outcome);
            }
            if (cut == null && branch.cut && outcome instanceof Failed<R>(CancelledException e)) {
                cut = e;
            }
        }
        branches.clear();
        outcomes = Collections.unmodifiableList(all);
        return cut;
    }

    private void tellFault() {
        Throwable thrown = fault.get();
        if (thrown != null) {
            faultTold = true;
            throw Threads.unchecked(thrown);
        }
    }

    private void requireOwner() {
        if (!Thread.currentThread().equals(owner)) {
            throw new WrongThreadException("a fanout belongs to the thread that made it, " + owner);
        }
    }

    /**
     * Cancels the calls that still run by interrupting them, and waits for all threads to end: one that computes in a codec is waited
     * for. Idempotent. An interrupt of this thread does not shorten it; the flag stays set.
     */
    @Override
    public void close() {
        requireOwner();
        if (closed) {
            return;
        }
        closed = true;
        end();
        if (!faultTold) {
            tellFault();
        }
    }
}
