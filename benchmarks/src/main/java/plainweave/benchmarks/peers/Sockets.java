package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import plainweave.benchmarks.client.Line;

/** An exchange on java.net.Socket, for the peers that use one. */
final class Sockets {

    private Sockets() {}

    static Socket connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket(server.getAddress(), server.getPort());
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Sends the line and reads the whole reply, which the caller has to check. */
    static void exchange(Socket socket, Line line, byte[] reply) throws IOException {
        socket.getOutputStream().write(line.bytes());
        int read = socket.getInputStream().readNBytes(reply, 0, reply.length);
        if (read < reply.length) {
            throw new IOException("the server closed the connection after " + read + " bytes");
        }
    }
}
