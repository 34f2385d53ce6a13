package plainweave.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLSocketFactory;

/** The secured sockets of a door, and TLS over sockets from anywhere. */
final class TlsDoorFactory extends SSLSocketFactory {
    private final Door door;
    private final Tls tls;

    TlsDoorFactory(Door door, Tls tls) {
        this.door = door;
        this.tls = tls;
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return tls.context().getSocketFactory().getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return tls.context().getSocketFactory().getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket() throws IOException {
        return TlsSocket.unconnected(tls, new DoorSocket(door));
    }

    @Override
    public Socket createSocket(Socket below, String host, int port, boolean autoClose) throws IOException {
        return TlsSocket.over(tls, below, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return DoorFactory.connected(createSocket(), InetSocketAddress.createUnresolved(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        SocketAddress from = new InetSocketAddress(local, localPort);
        return DoorFactory.connected(createSocket(), InetSocketAddress.createUnresolved(host, port), from);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return DoorFactory.connected(createSocket(), new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        SocketAddress from = new InetSocketAddress(local, localPort);
        return DoorFactory.connected(createSocket(), new InetSocketAddress(host, port), from);
    }
}
