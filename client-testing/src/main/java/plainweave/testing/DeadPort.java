package plainweave.testing;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A port where nobody answers, reserved until it is closed; {@link FaultServer#refusing} and
 * {@link FaultServer#blackhole} make one. It has no thread.
 */
public final class DeadPort implements AutoCloseable {
    // Linux lets backlog + 1 connects in; the rest is room for systems that round a backlog up.
    private static final int MOST_CONNECTS = 256;
    // On loopback a connect that can succeed does so within its system call.
    private static final Duration HANGS = Duration.ofMillis(200);

    private final InetSocketAddress address;
    private final Deque<Closeable> sockets;

    private DeadPort(InetSocketAddress address, Deque<Closeable> sockets) {
        this.address = address;
        this.sockets = sockets;
    }

    /** Bound but not listening: refused by the kernel, and taken as far as everyone else is concerned. */
    static DeadPort refusing(InetSocketAddress at) {
        return hold(at, sockets -> {
            Socket bound = new Socket();
            sockets.push(bound);
            bound.bind(at);
            return (InetSocketAddress) bound.getLocalSocketAddress();
        });
    }

    static DeadPort blackhole(InetSocketAddress at) {
        return hold(at, sockets -> {
            ServerSocket deaf = new ServerSocket();
            sockets.push(deaf);
            deaf.bind(at, 1);
            InetSocketAddress address = (InetSocketAddress) deaf.getLocalSocketAddress();
            fill(address, sockets);
            return address;
        });
    }

    /** The address in digits. */
    public String host() {
        return address.getAddress().getHostAddress();
    }

    /** The port, also once it is closed. */
    public int port() {
        return address.getPort();
    }

    /** Where to connect in vain. */
    public InetSocketAddress address() {
        return address;
    }

    /** Gives the port back. Connects that hang are then reset or refused. Closing again does nothing. */
    @Override
    public void close() {
        sockets.forEach(Listener::closeQuietly);
    }

    private static void fill(InetSocketAddress address, Deque<Closeable> sockets) throws IOException {
        for (int i = 0; i < MOST_CONNECTS; i++) {
            Socket connect = new Socket();
            sockets.push(connect);
            try {
                connect.connect(address, (int) HANGS.toMillis());
            } catch (SocketTimeoutException full) {
                connect.close();
                return;
            }
        }
        throw new IllegalStateException("connects to a full backlog do not hang on this system");
    }

    private static DeadPort hold(InetSocketAddress at, Occupier occupier) {
        DeadPort port = null;
        Deque<Closeable> sockets = new ArrayDeque<>();
        try {
            port = new DeadPort(occupier.occupy(sockets), sockets);
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot hold " + at, e);
        } finally {
            if (port == null) {
                sockets.forEach(Listener::closeQuietly);
            }
        }
    }

    @FunctionalInterface
    private interface Occupier {
        InetSocketAddress occupy(Deque<Closeable> sockets) throws IOException;
    }
}
