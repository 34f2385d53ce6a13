package plainweave.net;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;

/**
 * The bytes of a transport in the shape of a Socket, for an SSLSocket to be layered over. Deadlines are the transport's; timeouts set
 * here would only be a second opinion, so there are none.
 */
final class Facade extends Socket {
    private final Transport transport;
    private final InputStream input;
    private final OutputStream output;

    Facade(Transport transport, InputStream input, OutputStream output) throws SocketException {
        super((SocketImpl) null);
        this.transport = transport;
        this.input = input;
        this.output = output;
    }

    @Override
    public InputStream getInputStream() {
        return input;
    }

    @Override
    public OutputStream getOutputStream() {
        return output;
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isBound() {
        return true;
    }

    @Override
    public boolean isClosed() {
        return !transport.isOpen();
    }

    @Override
    public boolean isInputShutdown() {
        return isClosed();
    }

    @Override
    public boolean isOutputShutdown() {
        return isClosed();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return transport.peer();
    }

    @Override
    public InetAddress getInetAddress() {
        return transport.peer() instanceof InetSocketAddress inet
                ? inet.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    @Override
    public int getPort() {
        return transport.peer() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    // A Socket without an implementation would open one to answer the rest.

    @Override
    public SocketAddress getLocalSocketAddress() {
        return new InetSocketAddress(getLocalAddress(), getLocalPort());
    }

    @Override
    public InetAddress getLocalAddress() {
        return transport.local() instanceof InetSocketAddress inet
                ? inet.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    @Override
    public int getLocalPort() {
        return transport.local() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    @Override
    public String toString() {
        return "Socket[" + transport.address() + "]";
    }

    @Override
    public int getSoTimeout() {
        return 0;
    }

    @Override
    public void setSoTimeout(int millis) {
        // the transport's deadline ends every wait
    }

    @Override
    public int getSoLinger() {
        return -1;
    }

    @Override
    public void shutdownInput() {
        // the transport is closed as a whole
    }

    @Override
    public void shutdownOutput() {
        // the transport is closed as a whole
    }

    @Override
    public void close() {
        transport.closeRaw();
    }
}
