package plainweave.examples.support;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** How long replies took, to 10 µs. One that came too late, or never, counts as none and as the deadline. Safe from any thread. */
public final class Replies {
    private static final long STEP_NANOS = 10_000;
    private static final double STEPS_PER_MILLI = 100;

    private final AtomicIntegerArray bySteps;

    Replies(Duration deadline) {
        bySteps = new AtomicIntegerArray((int) (deadline.toNanos() / STEP_NANOS) + 1);
    }

    void count(long nanos) {
        bySteps.incrementAndGet(Math.clamp(nanos / STEP_NANOS, 0, none()));
    }

    private int none() {
        return bySteps.length() - 1;
    }

    /** How many calls there were. */
    public long calls() {
        long calls = 0;
        for (int step = 0; step <= none(); step++) {
            calls += bySteps.get(step);
        }
        return calls;
    }

    /** How many were replied to within the deadline. */
    public long inTime() {
        return calls() - bySteps.get(none());
    }

    /** Which share of the calls had no reply within the deadline; 0 if there were no calls. */
    public double failed() {
        return bySteps.get(none()) / (double) Math.max(1, calls());
    }

    /** The milliseconds within which that share of all calls had ended, as in 0.99. */
    public double millis(double share) {
        long wanted = (long) Math.ceil(calls() * share);
        int step = 0;
        for (long seen = bySteps.get(0); seen < wanted; seen += bySteps.get(step)) {
            step++;
        }
        return step / STEPS_PER_MILLI;
    }
}
