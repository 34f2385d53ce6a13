package plainweave.net;

import java.util.function.LongSupplier;

/**
 * How fast a stream comes, and for how long its next read lets bytes gather. Whoever reads as fast as the peer sends runs right behind it:
 * each read finds a little, at the price of a system call, and often nothing. So in a fast stream a pause comes before the read that
 * follows a small one.
 *
 * <p>The time is taken by the stretch, a mebibyte. A peer whose window is soon full stands still in a pause: where eight stretches with
 * pauses were slower than one without, or nothing gathered in them, sixteen have none, then twice as many, up to 512.
 *
 * <p>Used by one thread at a time.
 */
final class Pace {
    static final int STRETCH = 1024 * 1024;

    /** In which a stretch of a fast stream comes, 4 Gbit/s. In a slower one so little gathers that each wait for it is better used. */
    static final long FAST_NANOS = 2_000_000;

    /** A read that gave less has a pause behind it. */
    private static final int SMALL = ReadAheads.BYTES * 3 / 4;

    /** By this part of the time of a stretch; then a sixth of a stretch is there, 170 KiB, which leaves room in the buffer. */
    static final int PART = 6;

    /** Where less has gathered the peer has its reasons, and is not waited for in this stretch any more. */
    private static final int WORTH_IT = 96 * 1024;

    /** Stretches one after the other in which pauses may do no good: the system takes some to enlarge a window. */
    private static final int PATIENCE = 8;

    /** How often the number of stretches without pauses is doubled at most. */
    private static final int MOST_DOUBLINGS = 6;

    private final LongSupplier clock;
    private boolean fast;
    private boolean lastWasSmall;

    // The stretch under way.
    private long began;
    private int bytes;
    private long pause;
    private boolean mayPause;
    private boolean paused;
    private boolean gathered;

    // Those before.
    private long withoutPauses;
    private int stretchesWithout = 2; // the first includes the wait for the first reply
    private int inVain;
    private int doublings;

    Pace(LongSupplier clock) {
        this.clock = clock;
        this.began = clock.getAsLong();
    }

    boolean isFast() {
        return fast;
    }

    /** For how many nanoseconds to let bytes gather before the next read; 0 if not at all. */
    long pause() {
        return lastWasSmall ? pause : 0;
    }

    /**
     * What a read gave.
     *
     * @param afterPause whether there was one before it
     */
    void came(int n, boolean afterPause) {
        lastWasSmall = n < SMALL;
        if (afterPause) {
            paused = true;
            if (n < WORTH_IT) {
                pause = 0;
            } else {
                gathered = true;
            }
        }
        bytes += Math.max(n, 0);
        if (bytes >= STRETCH || fast && n < WORTH_IT) {
            look(clock.getAsLong());
        }
    }

    private void look(long now) {
        long took = (now - began) * STRETCH / Math.max(bytes, STRETCH); // the last read may go beyond it
        boolean inTime = took <= FAST_NANOS;
        if (bytes < STRETCH && inTime) {
            return;
        }
        judge(took);
        fast = inTime;
        mayPause = inTime && stretchesWithout == 0;
        pause = mayPause ? Math.min(took, withoutPauses) / PART : 0;
        paused = false;
        gathered = false;
        began = now;
        bytes = 0;
    }

    private void judge(long took) {
        if (!mayPause) {
            withoutPauses = took;
            stretchesWithout = Math.max(0, stretchesWithout - 1);
        } else if (!paused || gathered && took <= withoutPauses + withoutPauses / 8) {
            inVain = 0;
            doublings = 0;
        } else if (++inVain == PATIENCE) {
            inVain = 0;
            doublings = Math.min(doublings + 1, MOST_DOUBLINGS);
            stretchesWithout = PATIENCE << doublings;
        }
    }
}
