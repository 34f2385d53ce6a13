package plainweave.time;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits of tests: for a condition, never for a time; and bounds on time that hold on a busy machine. */
public final class Await {
    /** How long a test waits for what must come; only a failing one waits so long. */
    public static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Set<Thread.State> PARKED = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

    /** One measurement and, taken at the same time, the same without what is measured. */
    public interface Measured {
        /** How far the measured one lay over its control, in nanoseconds. */
        long overControl() throws Exception;
    }

    private Await() {}

    /** Returns once the condition holds. */
    public static void until(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("never: " + what);
            }
            LockSupport.parkNanos(200_000);
        }
    }

    /** Returns once the thread waits for something. */
    public static void parked(Thread thread) {
        until(thread + " parks", () -> PARKED.contains(thread.getState()));
    }

    /** Returns once the thread has ended. */
    public static void ended(Thread thread) throws InterruptedException {
        if (!thread.join(PATIENCE)) {
            throw new AssertionError(thread + " does not end: " + thread.getState());
        }
    }

    /** Whatever else the machine does, it does to the control too, but seldom just as much: what is too slow is so each time. */
    public static void within(Duration bound, Measured measured) throws Exception {
        long over = Runs.decide(measured::overControl, nanos -> nanos <= bound.toNanos());
        if (over > bound.toNanos()) {
            throw new AssertionError("over the control by " + Duration.ofNanos(over) + ", the bound is " + bound);
        }
    }

    /** How late a plain platform thread wakes that parks until the same instant. */
    public static Control control(long nanoTime) {
        return new Control(nanoTime);
    }

    /** A plain platform thread that parks until an instant. */
    public static final class Control {
        private final Thread thread;
        private volatile long late;

        private Control(long nanoTime) {
            thread = Thread.ofPlatform().daemon().name("control").start(() -> {
                long left = nanoTime - System.nanoTime();
                while (left > 0) {
                    LockSupport.parkNanos(left);
                    left = nanoTime - System.nanoTime();
                }
                late = -left;
            });
        }

        /** So late, in nanoseconds. */
        public long late() throws InterruptedException {
            ended(thread);
            return late;
        }
    }
}
