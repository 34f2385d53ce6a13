package plainweave;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import java.util.function.Function;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.UnreachableException;

/**
 * A connection that is yours until you close the lease. Close it in a try-with-resources statement; without {@link #keep} the
 * connection is closed with it, which is always safe.
 *
 * <p>For one thread at a time, except that any thread may close it: that ends a read or write in progress.
 */
public final class Lease implements AutoCloseable {
    private final Leasing leasing;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();

    Lease(Function<Lease, Leasing> leasing) {
        this.leasing = leasing.apply(this);
    }

    Leasing leasing() {
        return leasing;
    }

    /**
     * Bytes from the peer; -1 once it has closed its side. Each read waits at most {@link ClientOptions#silence()}.
     *
     * <p>Reading throws {@link DeadlineExceededException}, {@link ConnectionLostException} or {@link CancelledException}, not an
     * IOException; closing the stream does nothing.
     */
    public InputStream input() {
        return input;
    }

    /**
     * Bytes to the peer, unbuffered: wrap it in a BufferedOutputStream for small writes. Each write waits at most
     * {@link ClientOptions#silence()}; it throws as {@link #input()} does.
     */
    public OutputStream output() {
        return output;
    }

    /**
     * The conversation has come to a clean end: the connection may serve somebody else once the lease is closed. It is not kept
     * all the same if a read or write failed, or if the peer has sent more than was read. Bytes that a buffering stream or reader
     * over {@link #input()} has read ahead are not seen here: call this only if it holds none.
     */
    public void keep() {
        leasing.keep();
    }

    /**
     * Goes over to TLS, as after the answer to STARTTLS; the certificate has to be for {@link #endpoint()}'s host. A lease on which
     * this was done is not kept: its connection is not what the next one expects. The handshake as a whole
     * takes at most {@link ClientOptions#silence()}. Read no further than the answer before: what a buffered reader of your own has
     * already taken from {@link #input()} is plaintext that nobody vouches for (as in CVE-2011-0411).
     *
     * @throws UnreachableException if the peer has sent anything before the handshake, does not speak TLS, or its certificate will
     *     not do; otherwise it throws as {@link #input()} does
     * @throws IllegalStateException if the connection is secured already
     */
    public void startTls() {
        leasing.startTls();
    }

    /** The protocol agreed on by ALPN (RFC 7301); empty if none was, or there is no TLS. */
    public String applicationProtocol() {
        return leasing.transport().applicationProtocol();
    }

    /** Where the connection leads. */
    public Endpoint endpoint() {
        return leasing.route.endpoint();
    }

    /** The address it was opened to, as in {@code 127.0.0.1:7}. */
    public String address() {
        return leasing.transport().address();
    }

    /** Whether the connection was kept for a while, by a lease or to be warm: a peer may then have closed it at just this moment. */
    public boolean reused() {
        return leasing.reused();
    }

    /** Gives connection and permit back. Idempotent, safe from any thread. */
    @Override
    public void close() {
        leasing.close();
    }

    private final class Input extends InputStream {
        @Override
        public int read() {
            byte[] one = new byte[1];
            return leasing.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            Objects.checkFromIndexSize(offset, length, into.length);
            return leasing.read(into, offset, length);
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) {
            leasing.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            Objects.checkFromIndexSize(offset, length, from.length);
            leasing.write(from, offset, length);
        }
    }
}
