package plainweave.pool;

import plainweave.connection.SerialConnection;
import plainweave.schedule.Permit;

/**
 * A connection in somebody's hands. Closing it leaves a connection that is to be kept in the permit's slot and closes any other:
 * discard is the default.
 */
public final class Held implements AutoCloseable {
    private final PooledConnection pooled;
    private final Permit permit;
    private boolean keep;

    Held(PooledConnection pooled, Permit permit) {
        this.pooled = pooled;
        this.permit = permit;
    }

    /** The connection. */
    public SerialConnection connection() {
        return pooled.connection;
    }

    PooledConnection pooled() {
        return pooled;
    }

    /** Whether it has served somebody before. */
    public boolean reused() {
        return pooled.reused();
    }

    /** It may serve others afterwards. */
    public void keep() {
        keep = true;
    }

    @Override
    public void close() {
        pooled.pool.giveBack(pooled, keep, permit);
    }
}
