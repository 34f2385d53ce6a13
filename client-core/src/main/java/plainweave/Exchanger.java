package plainweave;

import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.call.UnreachableException;
import plainweave.codec.Codec;
import plainweave.connection.StaleConnection;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Observer;
import plainweave.observe.jfr.Events;
import plainweave.pool.ConnectionPool;
import plainweave.pool.Held;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;

/**
 * The straight line: one exchange from permit to report, in the caller's own thread.
 *
 * <p>What must always hold: every permit acquired is given back and every connection taken is given back or closed, whatever is
 * thrown; a connection is kept only after a clean end of frame; a request is sent a second time only if no byte of a reply came
 * and nothing of it was sent or the codec calls it repeatable.
 */
final class Exchanger {
    private final PrioritySemaphore semaphore;
    private final ConnectionPool pool;
    private final Observer observer;
    private final Failures failures;

    /** Whether anybody wants to hear of calls that went well; else their end is not timed. */
    private final boolean wantsToHear;

    Exchanger(
            PrioritySemaphore semaphore,
            ConnectionPool pool,
            Observer observer,
            boolean isObserved,
            Failures failures) {
        this.semaphore = semaphore;
        this.pool = pool;
        this.observer = observer;
        this.wantsToHear = isObserved || semaphore.adapts();
        this.failures = failures;
    }

    <Q, R> R call(Route route, Codec<Q, R> codec, Q request, Priority priority, Deadline deadline, long now) {
        Progress.Recording recording = Events.exchange();
        Progress progress = new Progress(now, recording);
        CallException failure = null;
        StaleConnection before = null;
        try (Permit permit = acquire(route, priority, false, deadline, now)) {
            try {
                return attempt(take(permit, route, codec, deadline, progress), codec, request, deadline, progress);
            } catch (StaleConnection gone) {
                before = gone;
                return attempt(another(permit, route, codec, deadline, progress), codec, request, deadline, progress);
            }
        } catch (Exception e) {
            failure = failures.explain(e, route.endpoint(), priority, deadline, progress);
            throw failure;
        } catch (Error e) {
            failure = failures.explain(e, route.endpoint(), priority, deadline, progress);
            throw e;
        } finally {
            if (failure != null && before != null) {
                failure.addSuppressed(before);
            }
            if (failure != null || wantsToHear || recording != null) {
                over(route, priority, progress, failure);
            }
        }
    }

    private void over(Route route, Priority priority, Progress progress, @Nullable CallException failure) {
        if (failure == null) {
            progress.finish(System.nanoTime());
        }
        report(route, priority, progress, failure);
        if (semaphore.adapts()) {
            adapt(route.endpoint(), progress, failure);
        }
    }

    /** An adaptive limit hears how fast the peer served, and what was lost on the way; a queue, a cancel or a codec is not the peer. */
    private void adapt(Endpoint endpoint, Progress progress, @Nullable CallException failure) {
        boolean lost = failure instanceof DeadlineExceededException
                || failure instanceof ConnectionLostException
                || failure instanceof UnreachableException;
        long queued = progress.nanos(Phase.QUEUE);
        long served = progress.totalNanos() - queued;
        boolean leftTooLittleTime = failure instanceof DeadlineExceededException && queued > served;
        if (failure == null || lost && !leftTooLittleTime) {
            pool.shrinkTo(endpoint, semaphore.served(endpoint, served, lost));
        }
    }

    private Permit acquire(Route route, Priority priority, boolean exclusive, Deadline deadline, long now)
            throws InterruptedException, TimeoutException {
        if (deadline.nanoTime() - now <= 0) {
            throw new TimeoutException("because the deadline had passed before the call");
        }
        return semaphore.acquire(route, priority, exclusive, deadline, now);
    }

    private Held take(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        return pool.shares(codec)
                ? pool.share(permit, route, codec, deadline, progress)
                : pool.take(permit, route, codec, deadline, progress);
    }

    /** Never one of those that were idle: they may be as dead. */
    private Held another(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        return pool.shares(codec)
                ? pool.share(permit, route, codec, deadline, progress)
                : pool.dial(permit, route, codec, deadline, progress);
    }

    private <Q, R> R attempt(Held taken, Codec<Q, R> codec, Q request, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        try (Held held = taken) {
            return held.exchange(codec, request, deadline, progress);
        } catch (StaleConnection gone) {
            pool.dropAsOldAs(taken);
            throw gone;
        }
    }

    /** What is done with a permit and a connection; gives both back in the end. */
    interface Use<T> {
        T of(Permit permit, Held held, Progress progress);
    }

    /** A connection for the caller's own use. */
    <T> T exclusive(Route route, Codec<?, ?> codec, Priority priority, Deadline deadline, Use<T> use) {
        long now = System.nanoTime();
        Progress progress = new Progress(now, Events.exchange());
        Permit permit = null;
        try {
            permit = acquire(route, priority, true, deadline, now);
            Held held = pool.take(permit, route, codec, deadline, progress);
            progress.attempt(held.reused());
            progress.finish(System.nanoTime());
            return use.of(permit, held, progress);
        } catch (Throwable t) {
            if (permit != null) {
                permit.close();
            }
            CallException failure = failures.explain(t, route.endpoint(), priority, deadline, progress);
            report(route, priority, progress, failure);
            if (t instanceof Error error) {
                throw error;
            }
            throw failure;
        }
    }

    /** A connection in use turned out to be dead. */
    void drop(Held stale) {
        pool.dropAsOldAs(stale);
        stale.close();
    }

    /** A new one in its place. */
    Held dial(Permit permit, Route route, Codec<?, ?> codec, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        return pool.dial(permit, route, codec, deadline, progress);
    }

    /** Tells the observers and a recording; the progress is finished. */
    void report(Route route, Priority priority, Progress progress, @Nullable CallException failure) {
        observer.exchanged(new ExchangeReport(route.endpoint(), priority, progress, failure));
        progress.over(route.endpoint(), priority, failure);
    }
}
