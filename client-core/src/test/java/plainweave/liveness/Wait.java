package plainweave.liveness;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits, never for long. */
final class Wait {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private Wait() {}

    /** Parks until the condition holds; an AssertionError says what did not come about. */
    static void until(String what, BooleanSupplier holds) {
        until(() -> what, holds);
    }

    /** As above, for what is only known in the end. */
    static void until(Supplier<String> what, BooleanSupplier holds) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("never: " + what.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
