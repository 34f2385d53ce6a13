package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.jobs.Job;

/** An exchange on java.net.Socket, for the peers that use one. */
final class Sockets {

    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int NONE = 0;

    private Sockets() {}

    /** The end of a peer's settings. */
    static String deadlines(Job job) {
        return job.deadlines() ? "SO_TIMEOUT and connect timeout of 30 s" : "no deadline on reads";
    }

    static Socket connect(Job job, InetSocketAddress server) throws IOException {
        int timeout = job.deadlines() ? TIMEOUT_MILLIS : NONE;
        Socket socket = new Socket();
        socket.connect(server, timeout);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(timeout);
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
