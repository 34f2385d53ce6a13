package plainweave.liveness;

import java.util.concurrent.locks.LockSupport;

/**
 * Beats once a millisecond on a virtual thread and, as the control, on a platform thread. What holds up the first but not the
 * second held the carriers, however it did so: no detector that looks for a cause sees them all.
 */
final class Heartbeat implements AutoCloseable {
    /** How much longer than the control's its longest gap may be. */
    static final long BOUND_NANOS = 100_000_000;

    private static final long BEAT_NANOS = 1_000_000;
    private static final int WARM_UP = 3;

    private final Pulse pulse = new Pulse();
    private final Pulse control = new Pulse();
    private volatile boolean stopped;

    /**
     * The longest pauses.
     *
     * @param nanos of the virtual thread
     * @param controlNanos of the platform thread
     */
    record Gaps(long nanos, long controlNanos) {
        boolean held() {
            return nanos - controlNanos > BOUND_NANOS;
        }

        @Override
        public String toString() {
            return "gap " + nanos / 1_000_000 + " ms, control's " + controlNanos / 1_000_000 + " ms";
        }
    }

    Heartbeat() {
        Thread.ofPlatform().daemon().name("heartbeat-control").start(() -> beat(control));
        Thread.ofVirtual().name("heartbeat").start(() -> beat(pulse));
        Wait.until("the hearts beat", () -> pulse.beats > WARM_UP && control.beats > WARM_UP);
    }

    private void beat(Pulse of) {
        while (!stopped) {
            LockSupport.parkNanos(BEAT_NANOS);
            of.beat();
        }
    }

    /** The longest gaps so far, the present ones included. */
    Gaps gaps() {
        return new Gaps(pulse.longestNow(), control.longestNow());
    }

    @Override
    public void close() {
        stopped = true;
    }

    private static final class Pulse {
        volatile long last = System.nanoTime();
        volatile long longest;
        volatile long beats;

        /** Called by one thread. */
        @SuppressWarnings("NonAtomicVolatileUpdate")
        void beat() {
            longest = beats < WARM_UP ? 0 : longestNow();
            last = System.nanoTime();
            beats++;
        }

        long longestNow() {
            return Math.max(longest, System.nanoTime() - last - BEAT_NANOS);
        }
    }
}
