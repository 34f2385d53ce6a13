package plainweave.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** The plain sockets of a door. */
final class DoorFactory extends SocketFactory {
    private final Door door;

    DoorFactory(Door door) {
        this.door = door;
    }

    @Override
    public Socket createSocket() throws SocketException {
        return new DoorSocket(door);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(createSocket(), InetSocketAddress.createUnresolved(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        SocketAddress from = new InetSocketAddress(local, localPort);
        return connected(createSocket(), InetSocketAddress.createUnresolved(host, port), from);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(createSocket(), new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return connected(createSocket(), new InetSocketAddress(host, port), new InetSocketAddress(local, localPort));
    }

    /** The socket, which is closed if it cannot be connected. */
    static Socket connected(Socket socket, SocketAddress to, @Nullable SocketAddress from) throws IOException {
        boolean done = false;
        try {
            if (from != null) {
                socket.bind(from);
            }
            socket.connect(to);
            done = true;
            return socket;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }
}
