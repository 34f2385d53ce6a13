package plainweave.call;

import java.time.Duration;

/**
 * The moment by which a call has to be over: one instant on the scale of {@link System#nanoTime()}, made once and passed along.
 * Immutable. Only differences of two instants mean anything, so a deadline is meaningless in another JVM.
 */
public final class Deadline {
    /** Half the range of nanoTime (146 years): further away, differences would turn negative. */
    private static final long FAR = Long.MAX_VALUE / 2;

    private final long nanoTime;

    private Deadline(long nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * So long from now.
     *
     * @param timeout positive; anything over 146 years counts as 146 years
     * @throws IllegalArgumentException if the timeout is null, zero or negative
     */
    public static Deadline after(Duration timeout) {
        if (timeout == null || timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout " + timeout + " is not positive");
        }
        return at(System.nanoTime() + nanos(timeout));
    }

    /** At an instant of {@link System#nanoTime()}. */
    public static Deadline at(long nanoTime) {
        return new Deadline(nanoTime);
    }

    private static long nanos(Duration timeout) {
        return timeout.toSeconds() >= FAR / 1_000_000_000L ? FAR : timeout.toNanos();
    }

    /** The instant, on the scale of {@link System#nanoTime()}. */
    public long nanoTime() {
        return nanoTime;
    }

    /** What is left of it now; zero or negative when it has passed. */
    public Duration remaining() {
        return Duration.ofNanos(nanoTime - System.nanoTime());
    }

    /** Whether it has passed. */
    public boolean expired() {
        return nanoTime - System.nanoTime() <= 0;
    }

    /** The earlier of the two. */
    public Deadline earlier(Deadline other) {
        return nanoTime - other.nanoTime <= 0 ? this : other;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Deadline that && nanoTime == that.nanoTime;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(nanoTime);
    }

    @Override
    public String toString() {
        return "in " + Progress.inWords(nanoTime - System.nanoTime());
    }
}
