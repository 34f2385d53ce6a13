package plainweave.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;

/** A plain socket with as little as the tests say with it. */
final class Client implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(5);

    final Socket socket = new Socket();

    Client(InetSocketAddress server) throws IOException {
        socket.connect(server, (int) SOON.toMillis());
        socket.setSoTimeout((int) SOON.toMillis());
        socket.setTcpNoDelay(true);
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    String read(int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), UTF_8);
    }

    String call(String request, int replyBytes) throws IOException {
        send(request);
        return read(replyBytes);
    }

    byte[] readToEnd() throws IOException {
        return socket.getInputStream().readAllBytes();
    }

    void reset() throws IOException {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
