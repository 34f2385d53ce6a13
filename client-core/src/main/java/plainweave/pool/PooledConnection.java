package plainweave.pool;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import plainweave.call.Route;
import plainweave.connection.SerialConnection;
import plainweave.connection.SharedConnection;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.schedule.Slot;

/**
 * A connection and its place in the pool's life.
 *
 * <p>What must always hold: at most one party owns it. Its state is one word of how often it was taken and what it is; who moves
 * the word owns the connection, whether to use it or to close it. The count makes sure that a late hand cannot mistake one
 * store for the next.
 */
final class PooledConnection implements Slot, SharedConnection.Owner {
    private static final long IN_USE = 0;
    private static final long STORING = 1;
    private static final long IDLE = 2;
    private static final long CLOSED = 3;
    private static final long STATE = 3;
    private static final long ONE_USE = 4;

    final ConnectionPool pool;
    final Route route;
    final SerialConnection connection;
    final IdleStore.Key key;
    final long openedAt;
    final long retireAt;

    /** Others of its endpoint that are idle. */
    final Resting beside;

    boolean knownToStore;
    volatile @Nullable Reason retired;
    private volatile long idleSince;
    private volatile boolean rested;
    private volatile @Nullable SharedConnection shared;
    private final AtomicLong word = new AtomicLong(IN_USE);

    PooledConnection(
            ConnectionPool pool,
            Route route,
            SerialConnection connection,
            long openedAt,
            long retireAt,
            Resting beside) {
        this.pool = pool;
        this.route = route;
        this.connection = connection;
        this.key = new IdleStore.Key(route, this);
        this.openedAt = openedAt;
        this.retireAt = retireAt;
        this.beside = beside;
    }

    /** From now on its exchanges go through this, and nobody else takes it until that has ended. */
    void share(SharedConnection by) {
        shared = by;
    }

    boolean isShared() {
        return shared != null;
    }

    /** Whether it serves one exchange of this route at a time. */
    boolean isReservedFor(Route wanted) {
        return shared == null && fits(wanted);
    }

    /** In words, how. */
    String inUse() {
        SharedConnection by = shared;
        return by == null ? "in use" : "in use by " + by.load();
    }

    SharedConnection shared() {
        return Objects.requireNonNull(shared);
    }

    @Override
    public boolean fits(Route wanted) {
        return route.equals(wanted);
    }

    @Override
    public void store(int limit) {
        pool.store(this, limit);
    }

    /** Its user puts it down where the next can find it; from now on the housekeeper may close it. */
    void putDown() {
        word.set(word.get() & ~STATE | IDLE);
    }

    /** Idle, it goes into the store, and the housekeeper waits until it is there; the value to pass to {@link #stored}, 0 if it is closed. */
    long restoring() {
        long now = word.get();
        long storing = now & ~STATE | STORING;
        return (now & STATE) == IDLE && word.compareAndSet(now, storing) ? storing : 0;
    }

    /** It can be found in the store; from now on the housekeeper may close it. */
    void stored(long storing) {
        word.compareAndSet(storing, storing & ~STATE | IDLE);
    }

    /** Whoever found it in the store takes it; false if the housekeeper closed it. */
    boolean take() {
        long now = word.get();
        while ((now & STATE) != CLOSED) {
            if (word.compareAndSet(now, (now & ~STATE) + ONE_USE | IN_USE)) {
                return true;
            }
            now = word.get();
        }
        return false;
    }

    /** It was handed on without being stored. */
    void handedOn() {
        word.set(word.get() + ONE_USE);
    }

    @Override
    public void idle() {
        rested = false;
        pool.becameIdle(this);
    }

    @Override
    public void busy() {
        pool.countIdle(this, -1);
    }

    @Override
    public void ended() {
        pool.ended(this);
    }

    /** From then on it is idle, or handed on; on the clock of the pool. */
    void idleSince(long now) {
        idleSince = now;
    }

    /** Whether it may serve another exchange, as far as can be seen from here. */
    boolean isQuiet() {
        return connection.transport().isQuiet();
    }

    /** A shared one keeps its buffers at first, because it may be used again at once; others left theirs in the store. */
    void restIfIdle() {
        SharedConnection by = shared;
        if (by != null && by.isIdle() && !rested) {
            rested = true;
            by.rest();
        }
    }

    /** Says nothing while it is in use. */
    long idleSince() {
        return idleSince;
    }

    /** Claims an idle one for closing. */
    boolean closeIdle() {
        SharedConnection by = shared;
        if (by != null) {
            boolean claimed = by.claimIfIdle() && closeUsed();
            if (claimed) {
                by.giveUp();
            }
            return claimed;
        }
        long now = word.get();
        boolean claimed = (now & STATE) == IDLE && word.compareAndSet(now, now & ~STATE | CLOSED);
        if (claimed) {
            busy();
        }
        return claimed;
    }

    /** Its user closes it; false if that has been done. */
    boolean closeUsed() {
        long now = word.get();
        return (now & STATE) != CLOSED && word.compareAndSet(now, now & ~STATE | CLOSED);
    }

    boolean isIdle() {
        SharedConnection by = shared;
        return by != null ? by.isIdle() : (word.get() & STATE) == IDLE;
    }

    /** Whether it has been taken since it was opened. */
    boolean reused() {
        return word.get() >= ONE_USE;
    }

    /** How often it was taken; opening it is the first time. */
    long uses() {
        return word.get() / ONE_USE + 1;
    }
}
