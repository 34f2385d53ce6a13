package plainweave.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** The server's end of TLS over a connection; buffers must have arrays. */
final class TlsChannel implements ByteChannel {
    private final SSLSocket socket;
    private final InputStream in;
    private final OutputStream out;

    private TlsChannel(SSLSocket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Shakes hands, of which {@code taken} was read already. */
    static TlsChannel accept(SSLContext context, SocketChannel channel, byte[] taken, Consumer<SSLSocket> setUp)
            throws IOException {
        SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(channel.socket(), new ByteArrayInputStream(taken), true);
        setUp.accept(socket);
        socket.startHandshake();
        return new TlsChannel(socket);
    }

    /** Tells the client by close_notify that all was sent. */
    void finish() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        int count = in.read(to.array(), to.arrayOffset() + to.position(), to.remaining());
        if (count > 0) {
            to.position(to.position() + count);
        }
        return count;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int count = from.remaining();
        out.write(from.array(), from.arrayOffset() + from.position(), count);
        from.position(from.limit());
        return count;
    }

    @Override
    public boolean isOpen() {
        return !socket.isClosed();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
