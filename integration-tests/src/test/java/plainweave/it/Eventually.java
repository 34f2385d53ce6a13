package plainweave.it;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import plainweave.call.Deadline;

/** For what comes about without anybody telling. */
public final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Eventually() {}

    /**
     * Returns as soon as it is so.
     *
     * @throws AssertionError if it is not within ten seconds
     */
    static void is(String what, BooleanSupplier so) {
        if (!comesAbout(so)) {
            throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what);
        }
    }

    /** Returns true as soon as it is so, and false if it is not within ten seconds. */
    public static boolean comesAbout(BooleanSupplier so) {
        Deadline deadline = Deadline.after(PATIENCE);
        while (!so.getAsBoolean()) {
            if (deadline.expired()) {
                return false;
            }
            Thread.yield();
        }
        return true;
    }
}
