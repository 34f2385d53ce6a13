package plainweave.call;

/**
 * Additive increase, multiplicative decrease, by rounds. It is hard because many clients share a server and none sees the others:
 *
 * <ul>
 *   <li>What latency would be without a queue (the base) nobody knows who came while there was one. So a decrease goes down to what
 *       drains the queue, stays there to measure, and then returns to what fills the server without a queue.
 *   <li>That drains nothing unless all do it together. So rounds take everybody equally long, whatever their limits: so many round
 *       trips. Whoever sees too much latency lets one more round pass, in which the others see it too. And whoever sees latency fall
 *       though it did not decrease joins the others.
 *   <li>Exchanges of one endpoint differ. So a round is many exchanges, its mean counts, and no exchange counts for more than a few.
 * </ul>
 *
 * <p>The increase is in part proportional, for a limit of 200 shall not need a hundred rounds; the rest of it makes shares equal.
 */
final class AimdLimit implements Limit {
    /**
     * A newcomer that brings more than its share drives others away; one that brings less takes long to find its own. It brings half of
     * the most at most: from there a queue can grow until it is seen.
     */
    private static final int START = 20;

    /** A round, in round trips. With 3 permits this is 48 exchanges, whose mean is within a third of the truth even if they vary a lot. */
    private static final int ROUND = 16;

    /** Rounds of a decrease: one in which the others begin theirs, and two to measure. */
    private static final int DRAIN_ROUNDS = 3;

    /** How much of the server is used meanwhile: the less, the sooner an old queue is gone, and the more is lost. */
    private static final double DRAIN = 0.75;

    /** Latency over the base by this is a queue; less would be noise. */
    private static final double CROWDED = 1.7;

    /** A queue that others may have seen before us. */
    private static final double CROWDED_FOR_OTHERS = 1.3;

    /** Latency that fell to this share of its peak: the others have decreased. */
    private static final double FELL = 0.75;

    /** No exchange counts for more than so many times the base. */
    private static final double OUTLIER = 4;

    /** What is left after losses, which may come without any latency. */
    private static final double AFTER_LOSS = 0.75;

    private final int most;
    private double limit;

    // of the present round
    private int replies;
    private int losses;
    private double spent;
    private boolean used;

    // latencies in nanoseconds, from one decrease to the next
    private double base = Double.POSITIVE_INFINITY;
    private double peak;
    private boolean crowded;

    // of the present decrease
    private int roundsToDrain;
    private long drainedFrom;
    private double trough;
    private double before;

    AimdLimit(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("limit of at most " + most + " permits: an endpoint needs at least 1");
        }
        this.most = most;
        this.limit = Math.min(START, most - most / 2);
    }

    @Override
    public int permits() {
        return (int) (limit + 0.5);
    }

    @Override
    public void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost) {
        if (roundsToDrain > 0 && nowNanos - serviceNanos - drainedFrom < 0) {
            return; // it began before the decrease and can only tell again what led to it
        }
        used |= inFlight >= permits();
        if (lost) {
            losses++;
        } else {
            replies++;
            spent += Math.min((double) Math.max(1, serviceNanos), OUTLIER * base);
        }
        if (replies + losses >= (long) ROUND * permits() || losses > permits() && roundsToDrain == 0) {
            endRound(nowNanos);
            replies = 0;
            losses = 0;
            spent = 0;
            used = false;
        }
    }

    private void endRound(long now) {
        if (roundsToDrain > 0) {
            drained();
            return;
        }
        boolean losing = 2 * losses > permits();
        boolean tooMuch = losing;
        boolean othersDecreased = false;
        if (replies > 0) {
            double latency = spent / replies;
            base = Math.min(base, latency);
            peak = Math.max(peak, latency);
            tooMuch |= latency > CROWDED * base;
            othersDecreased = peak > CROWDED_FOR_OTHERS * base && latency < FELL * peak;
        }
        if (crowded || othersDecreased) {
            before = losing ? AFTER_LOSS * limit : limit;
            limit = Math.max(1, DRAIN * unqueued());
            roundsToDrain = DRAIN_ROUNDS;
            drainedFrom = now;
            trough = Double.POSITIVE_INFINITY;
            crowded = false;
        } else {
            crowded = tooMuch;
            if (used) {
                limit = Math.min(most, limit + 1 + limit / 20);
            }
        }
    }

    private void drained() {
        if (replies > 0) {
            trough = Math.min(trough, spent / replies);
        }
        if (--roundsToDrain == 0) {
            base = trough < Double.POSITIVE_INFINITY ? trough : base;
            limit = Math.max(1, unqueued());
            peak = 0;
        }
    }

    /** How many of those before the decrease were being served and not queued, by Little's law. */
    private double unqueued() {
        return before * Math.min(1, base / peak);
    }
}
