package plainweave.schedule;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The right to have one exchange in flight. Belongs to one caller at a time; closing it lets the next one go, and hands the
 * connection in its slot along. Closing twice gives back once.
 */
public final class Permit implements AutoCloseable {
    private static final AtomicIntegerFieldUpdater<Permit> RELEASED =
            AtomicIntegerFieldUpdater.newUpdater(Permit.class, "released");

    final Desk desk;
    final boolean exclusive;
    final long grantedAt;
    private final PrioritySemaphore semaphore;
    private volatile int released;
    private boolean unused;
    private @Nullable Slot slot;

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

    /** How many permits its endpoint has now. */
    public int limit() {
        return desk.limit;
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

    /** Gives the permit back. Safe from any thread. */
    @Override
    public void close() {
        if (RELEASED.compareAndSet(this, 0, 1)) {
            semaphore.release(this);
        }
    }
}
