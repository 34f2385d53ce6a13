package plainweave.examples.support;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import plainweave.call.CallException;
import plainweave.call.Deadline;

/**
 * Calls that come when they come, however those before them fare: Poisson arrivals from a seed, each on a virtual thread of its own. Time
 * and deadline of a call count from when it was due, so a caller or a machine that is late makes no figure better.
 */
public final class OpenLoop {
    private static final long SEED = 20_260_101L;
    private static final double NANOS = 1e9;

    /** Those due within it start together: a thread that wakes for each would cost as much as the calls. */
    private static final long NAP_NANOS = 500_000;

    private final int rate;
    private final double urgentShare;
    private final Duration within;

    /** What is measured. */
    @FunctionalInterface
    public interface Call {
        /**
         * Makes one call.
         *
         * @return whether there was a reply; a CallException says no, too
         */
        boolean replied(boolean urgent, Deadline deadline) throws InterruptedException;
    }

    /** How urgent calls fared, and how the others. */
    public record Outcome(Replies urgent, Replies others) {}

    /**
     * An arrival rate.
     *
     * @param rate calls a second, on average
     * @param urgentShare how many of them are urgent, 0 to 1
     * @param within how long each may take
     */
    public OpenLoop(int rate, double urgentShare, Duration within) {
        this.rate = rate;
        this.urgentShare = urgentShare;
        this.within = within;
    }

    /** Calls a second, on average. */
    public int rate() {
        return rate;
    }

    /** How many calls come in that time. */
    public int calls(Duration time) {
        return (int) Math.max(1, rate * time.toNanos() / NANOS);
    }

    /** Has so many calls come, tells the work of each that has ended, and waits for the last. */
    public Outcome run(Duration time, Call call, Work work) {
        Quiet.begin();
        Outcome outcome = new Outcome(new Replies(within), new Replies(within));
        Random random = new Random(SEED);
        int calls = calls(time);
        AtomicLong left = new AtomicLong(calls);
        CountDownLatch over = new CountDownLatch(1);
        long start = System.nanoTime();
        double due = 0;
        for (int i = 0; i < calls; i++) {
            due -= Math.log(1 - random.nextDouble()) / rate * NANOS;
            boolean urgent = random.nextDouble() < urgentShare;
            long at = start + (long) due;
            while (at - System.nanoTime() > 0) {
                LockSupport.parkNanos(Math.max(NAP_NANOS, at - System.nanoTime()));
            }
            Thread.startVirtualThread(() -> {
                try {
                    make(call, urgent, at, urgent ? outcome.urgent : outcome.others);
                } finally {
                    work.check(true, "");
                    if (left.decrementAndGet() == 0) {
                        over.countDown();
                    }
                }
            });
        }
        try {
            over.await();
        } catch (InterruptedException e) {
            throw new Complaint("interrupted while calls were under way");
        }
        return outcome;
    }

    private void make(Call call, boolean urgent, long at, Replies replies) {
        boolean replied = false;
        try {
            replied = call.replied(urgent, Deadline.at(at + within.toNanos()));
        } catch (CallException e) {
            // counts as none
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            replies.count(replied ? System.nanoTime() - at : Long.MAX_VALUE);
        }
    }
}
