package plainweave.net;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;

/**
 * A request that one thread writes while another reads the replies: whoever waits for a reply does not give up while the peer still takes
 * bytes of the request.
 */
final class Upload {
    private final long silence;
    private final @Nullable Deadline total;
    private volatile long movedAt = System.nanoTime();
    private volatile boolean moving;
    private volatile boolean moved;
    private volatile boolean over;
    private volatile boolean heldOff;

    /**
     * Begins now.
     *
     * @param silence how long the peer may take no byte
     * @param total never wait longer than that; null if that does not matter
     */
    Upload(Duration silence, @Nullable Deadline total) {
        this.silence = silence.toNanos();
        this.total = total;
    }

    /** The system is about to be given bytes. */
    void begin() {
        moving = true;
    }

    /** It took so many of them, if any. */
    void end(int taken) {
        if (taken > 0) {
            movedAt = System.nanoTime();
            moved = true;
        }
        moving = false;
    }

    /** Whether it ever took any, or may have: the peer can answer before the writing thread hears that it did. */
    boolean hasMoved() {
        return moving || moved; // in this order: it has moved before it is not moving
    }

    /** All has been written, or nothing more will be. */
    void finish() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    /** Whether anybody waited for a reply for longer because of it. */
    boolean hasHeldOff() {
        return heldOff;
    }

    /** Until when the reply may be waited for that was to come by this deadline. */
    long due(long deadline) {
        long last = movedAt;
        if (over && last - deadline <= 0) {
            return deadline;
        }
        long due = last + silence - deadline > 0 ? last + silence : deadline;
        heldOff |= due != deadline;
        return total != null && due - total.nanoTime() > 0 ? total.nanoTime() : due;
    }
}
