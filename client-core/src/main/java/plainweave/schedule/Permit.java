package plainweave.schedule;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The right to have one exchange in flight. Belongs to one caller at a time; closing it lets the next one go, and hands the
 * connection in its slot along.
 *
 * <p>What must always hold: it comes back once. While it is lent to a shared connection, closing does nothing, for its caller may leave
 * long before its reply comes; then the connection gives it back, or returns it to the caller.
 */
public final class Permit implements AutoCloseable {
    private static final AtomicIntegerFieldUpdater<Permit> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Permit.class, "state");
    private static final int HELD = 0;
    private static final int LENT = 1;
    private static final int BACK = 2;

    final Desk desk;
    final boolean exclusive;
    final long grantedAt;
    private final PrioritySemaphore semaphore;
    private volatile int state;
    private @Nullable Slot slot;

    /** A connection that is not to be kept ended its exchange in good order all the same. */
    private boolean clean;

    private boolean unused;

    Permit(PrioritySemaphore semaphore, Desk desk, boolean exclusive, long grantedAt) {
        this.semaphore = semaphore;
        this.exclusive = exclusive;
        this.desk = desk;
        this.grantedAt = grantedAt;
    }

    /** Leaves a kept connection for the next holder. */
    public void leave(Slot kept) {
        slot = kept;
    }

    /** What the holder before left, once. */
    public @Nullable Slot takeSlot() {
        Slot left = slot;
        slot = null;
        return left;
    }

    /** Since when it has been held, on the scale of {@link System#nanoTime()}. */
    public long grantedAt() {
        return grantedAt;
    }

    /** How many permits its endpoint has now. */
    public int limit() {
        return desk.limit;
    }

    /** Whether the exchange came to its end. */
    boolean isClean() {
        return clean || slot != null;
    }

    /** From now on a shared connection gives it back. */
    public void lend() {
        if (state != HELD) {
            throw new IllegalStateException("a permit that is not held cannot be lent");
        }
        STATE.lazySet(this, LENT); // nobody else has it, and whoever gets it next gets it through a lock
    }

    /** The connection has no use for it: it is the caller's again. */
    public void takeBack() {
        if (!STATE.compareAndSet(this, LENT, HELD)) {
            throw new IllegalStateException("a permit that is not lent cannot be taken back");
        }
    }

    /**
     * The connection gives it back for its caller, once. Safe from any thread.
     *
     * @param ended whether the exchange came to its end
     */
    public void giveBack(boolean ended) {
        if (STATE.compareAndSet(this, LENT, BACK)) {
            clean = ended;
            semaphore.release(this);
        }
    }

    /** Whether nobody has made an exchange with it. */
    boolean isUnused() {
        return unused;
    }

    /** Gives it back as it came. */
    void closeUnused() {
        unused = true;
        close();
    }

    /** Gives the permit back, unless it is lent. Closing twice gives back once. Safe from any thread. */
    @Override
    public void close() {
        if (state == HELD && STATE.compareAndSet(this, HELD, BACK)) { // mostly it is not, where connections are shared
            semaphore.release(this);
        }
    }
}
