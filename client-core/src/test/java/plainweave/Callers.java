package plainweave;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Runs something on another thread and waits for it, never for long. */
final class Callers {
    private static final long PATIENCE_SECONDS = 20;

    private Callers() {}

    /** A call in progress on a thread of its own. */
    record InFlight<T>(Thread thread, FutureTask<T> task) {
        /** What it returned; an exception comes out as it was thrown. */
        T await() throws Exception {
            return await(Duration.ofSeconds(PATIENCE_SECONDS));
        }

        /** The same, of something that takes its time. */
        T await(Duration patience) throws Exception {
            try {
                return task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (java.util.concurrent.ExecutionException e) {
                if (e.getCause() instanceof Exception thrown) {
                    throw thrown;
                }
                throw e;
            }
        }

        void interrupt() {
            thread.interrupt();
        }
    }

    static <T> InFlight<T> onVirtualThread(Callable<T> job) {
        FutureTask<T> task = new FutureTask<>(job);
        return new InFlight<>(Thread.ofVirtual().start(task), task);
    }

    static <T> InFlight<T> onPlatformThread(Callable<T> job) {
        FutureTask<T> task = new FutureTask<>(job);
        return new InFlight<>(Thread.ofPlatform().daemon().start(task), task);
    }

    /** Parks until the condition holds; an AssertionError says what did not come about. */
    static void until(String what, BooleanSupplier holds) {
        until(() -> what, holds);
    }

    /** After a connection was given back: a taker within 20 microseconds does not probe it, one after this does. */
    static void untilIdleIsProbed() {
        long from = System.nanoTime();
        until("a millisecond passed", () -> System.nanoTime() - from > TimeUnit.MILLISECONDS.toNanos(1));
    }

    /** As {@link #until(String, BooleanSupplier)}, for what is only known in the end. */
    static void until(Supplier<String> what, BooleanSupplier holds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("never: " + what.get());
            }
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }
}
