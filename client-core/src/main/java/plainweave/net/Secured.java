package plainweave.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import plainweave.call.Endpoint;

/**
 * The TLS of one transport: an SSLSocket whose bytes below pass through that transport, and so through its deadlines and its cut. Used
 * by one thread at a time.
 */
final class Secured {
    /** More than tickets ever take, so that a peer cannot keep a probe busy. */
    private static final int TICKETS = 64 * 1024;

    private final SSLSocket socket;
    private final SSLContext context;
    private final InputStream input;
    private final OutputStream output;

    /** Until the first exchange has been read, the peer's session tickets may be waiting. */
    private boolean fresh = true;

    private Secured(SSLSocket socket, SSLContext context) throws IOException {
        this.socket = socket;
        this.context = context;
        this.input = socket.getInputStream();
        this.output = socket.getOutputStream();
    }

    /**
     * After a handshake, of which the observer is told.
     *
     * @param facade the bytes below
     * @param endpoint whose certificate it has to be
     * @throws IOException if the peer does not speak TLS, or its certificate does not do, or the transport failed
     */
    static Secured over(Facade facade, String address, Tls tls, SSLContext context, Endpoint endpoint)
            throws IOException {
        SSLSocket socket = tls.over(facade, context, endpoint, true);
        tls.done(Tls.shake(socket, endpoint, address));
        return new Secured(socket, context);
    }

    /** The one it was secured by. */
    SSLContext context() {
        return context;
    }

    /** What was agreed on by ALPN; empty if nothing was. */
    String applicationProtocol() {
        String agreed = socket.getApplicationProtocol();
        return agreed == null ? "" : agreed;
    }

    int read(byte[] into, int offset, int length) throws IOException {
        int n = input.read(into, offset, length);
        fresh = false;
        return n;
    }

    void write(byte[] from, int offset, int length) throws IOException {
        output.write(from, offset, length);
    }

    /** Whether bytes have come and been decrypted that nobody has read. */
    boolean hasUnread() {
        try {
            return input.available() > 0;
        } catch (IOException e) {
            return true; // whatever it is that waits, it is no good
        }
    }

    boolean mayHaveTickets() {
        return fresh;
    }

    /** Tells the peer that this is the end. */
    void close() throws IOException {
        socket.close();
    }

    /** Reads one byte while the channel does not block: 0 if there is nothing but tickets, below if the end has come. */
    int lookPastTickets(Transport transport) throws IOException {
        transport.readAtMost(TICKETS);
        try {
            return input.read(new byte[1]);
        } catch (SocketTimeoutException e) {
            return 0; // the shape in which an SSLSocket takes that there is nothing yet, and goes on later
        } finally {
            transport.readAnyNumber();
        }
    }
}
