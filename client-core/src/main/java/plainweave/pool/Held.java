package plainweave.pool;

import java.io.IOException;
import plainweave.call.Deadline;
import plainweave.call.Progress;
import plainweave.codec.Codec;
import plainweave.connection.SerialConnection;
import plainweave.net.Transport;
import plainweave.schedule.Permit;

/**
 * A connection in somebody's hands, or a place on a shared one. Closing it leaves a connection that is to be kept in the permit's slot and
 * closes any other: discard is the default. A shared one it leaves alone.
 */
public final class Held implements AutoCloseable {
    private final PooledConnection pooled;
    private final Permit permit;
    private final boolean shared;
    private boolean keep;

    Held(PooledConnection pooled, Permit permit, boolean shared) {
        this.pooled = pooled;
        this.permit = permit;
        this.shared = shared;
    }

    /** The connection. */
    public SerialConnection connection() {
        return pooled.connection;
    }

    PooledConnection pooled() {
        return pooled;
    }

    /** Whether others use it too. */
    boolean isShared() {
        return shared;
    }

    /** Whether it has served somebody before. */
    public boolean reused() {
        return pooled.reused();
    }

    /**
     * One request and its reply, once.
     *
     * @throws plainweave.connection.StaleConnection if the request may be sent again on another connection
     * @throws plainweave.net.CutException if the deadline passed or the client was closed
     * @throws plainweave.connection.CodecFailure if the codec threw
     * @throws IOException if the connection was lost otherwise
     * @throws InterruptedException if the caller was interrupted while others read and write for it
     */
    public <Q, R> R exchange(Codec<Q, R> codec, Q request, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        if (shared) {
            return pooled.shared().exchange(codec, request, permit, deadline, progress);
        }
        Transport transport = pooled.connection.transport();
        long out = transport.bytesOut();
        long in = transport.bytesIn();
        try {
            R reply = pooled.connection.exchange(codec, request, reused(), deadline, progress);
            if (pooled.connection.reusable()) {
                keep();
            }
            return reply;
        } finally {
            progress.moved(transport.bytesOut() - out, transport.bytesIn() - in);
        }
    }

    /** It may serve others afterwards. */
    public void keep() {
        keep = true;
    }

    @Override
    public void close() {
        if (!shared) {
            pooled.pool.giveBack(pooled, keep, permit);
        }
    }
}
