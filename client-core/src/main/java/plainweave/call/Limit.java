package plainweave.call;

/**
 * How many exchanges an endpoint may have in flight: the algorithm only, no thread, no lock, no clock. There is one instance for each
 * endpoint. Its methods are called one at a time, by any thread, so an implementation needs no synchronization. What it throws is logged,
 * and the limit stays as it was.
 *
 * <p>A limit governs how many start and interrupts nobody: after it went down, more may be in flight than {@link #permits()} until enough
 * have ended.
 */
public interface Limit {
    /** How many exchanges the endpoint may have in flight now; at least 1. */
    int permits();

    /**
     * One exchange has ended that tells something about the peer: not one whose caller gave up, whose codec failed, or to which the wait
     * for its permit had left too little time.
     *
     * @param nowNanos when it ended, on the scale of {@link System#nanoTime()}
     * @param serviceNanos nanoseconds from its permit to its end: connecting, writing, reading; never time in the client's own queue
     * @param inFlight exchanges of this endpoint in flight when it ended, itself included; at least 1
     * @param lost whether no reply came in time, or the connection was lost or not to be had
     */
    void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost);

    /**
     * The same number always.
     *
     * @param permits at least 1
     * @throws IllegalArgumentException if it is less
     */
    static Limit fixed(int permits) {
        return new FixedLimit(permits);
    }

    /**
     * As many as the endpoint can take without a queue of its own, as its latency and its losses tell: more while all are in use and
     * replies are quick, fewer when replies take over 1.7 times as long as they do without a queue, or when more than three in a hundred
     * are lost. Every few dozen round trips it holds back for a while to see what latency is without a queue, which costs about a
     * twentieth of the throughput of a full endpoint. Clients that share one come to equal shares, in some thousand round trips.
     *
     * <p>It takes all exchanges of an endpoint to be of one kind. Where some take ten times as long as others by nature, or their mix
     * changes from one second to the next, {@link #fixed} serves better.
     *
     * @param most at least 1; it begins with half of it, or with 20 if that is less
     * @throws IllegalArgumentException if it is less
     */
    static Limit aimd(int most) {
        return new AimdLimit(most);
    }
}
