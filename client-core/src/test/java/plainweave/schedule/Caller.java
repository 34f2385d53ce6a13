package plainweave.schedule;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import plainweave.call.Deadline;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.time.Await;

/** Somebody who acquires a permit on a thread of its own, and what came of it. */
final class Caller {
    private final CompletableFuture<Permit> outcome = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean interruptedAfterwards;

    private Caller(
            ThreadKind kind,
            PrioritySemaphore semaphore,
            Route route,
            Priority priority,
            boolean exclusive,
            Deadline deadline) {
        thread = kind.start(() -> {
            Permit permit = null;
            Throwable failure = null;
            try {
                permit = semaphore.acquire(route, priority, exclusive, deadline);
            } catch (Throwable t) {
                failure = t;
            }
            interruptedAfterwards = Thread.currentThread().isInterrupted();
            if (failure == null) {
                outcome.complete(permit);
            } else {
                outcome.completeExceptionally(failure);
            }
        });
    }

    static Caller start(
            ThreadKind kind, PrioritySemaphore semaphore, Route route, Priority priority, Deadline deadline) {
        return new Caller(kind, semaphore, route, priority, false, deadline);
    }

    /** Starts one and returns when it stands in line, so that the next one stands behind it. */
    static Caller inLine(
            ThreadKind kind, PrioritySemaphore semaphore, Route route, Priority priority, Deadline deadline) {
        return inLine(kind, semaphore, route, priority, false, deadline);
    }

    static Caller inLine(
            ThreadKind kind,
            PrioritySemaphore semaphore,
            Route route,
            Priority priority,
            boolean exclusive,
            Deadline deadline) {
        int before = semaphore.counts().waiting();
        Caller caller = new Caller(kind, semaphore, route, priority, exclusive, deadline);
        Await.until("one more waits", () -> semaphore.counts().waiting() == before + 1);
        Await.parked(caller.thread);
        return caller;
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean done() {
        return outcome.isDone();
    }

    /** The permit it got. */
    Permit permit() throws Exception {
        return outcome.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** What it was told instead of getting a permit. */
    Throwable failure() throws Exception {
        try {
            throw new AssertionError("got " + permit());
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    /** Whether its interrupt flag was set when acquire had returned or thrown. */
    boolean interruptedAfterwards() throws InterruptedException {
        Await.ended(thread);
        return interruptedAfterwards;
    }
}
