package plainweave.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.observe.Handshake;

/**
 * TLS for a client that is not ours, over a socket of the door or from anywhere: the JDK's, set up by our options, with the handshake
 * told to the observer. The JDK has none that is unconnected and would go through our transport later, so until there is a connection
 * one that leads nowhere keeps what is set.
 */
final class TlsSocket extends SSLSocket {
    private final Tls settings;
    private final Socket below;
    private final boolean closesBelow;
    private final ReentrantLock handshaking = new ReentrantLock();
    private final Set<HandshakeCompletedListener> listeners = ConcurrentHashMap.newKeySet();
    private volatile SSLSocket tls;
    private volatile @Nullable Endpoint endpoint;
    private volatile boolean shaken;

    private TlsSocket(Tls settings, Socket below, boolean closesBelow, SSLSocket tls, @Nullable Endpoint endpoint) {
        this.settings = settings;
        this.below = below;
        this.closesBelow = closesBelow;
        this.tls = tls;
        this.endpoint = endpoint;
    }

    /** To be connected. */
    static TlsSocket unconnected(Tls settings, DoorSocket below) throws IOException {
        return new TlsSocket(settings, below, true, settings.nowhere(settings.context()), null);
    }

    /**
     * Over one that is connected.
     *
     * @param host whose certificate it has to be; null for where the socket leads
     */
    static TlsSocket over(Tls settings, Socket below, @Nullable String host, int port, boolean closesBelow)
            throws IOException {
        if (!(below.getRemoteSocketAddress() instanceof InetSocketAddress peer)) {
            throw new SocketException("the socket to be secured is not connected");
        }
        Endpoint endpoint;
        try {
            endpoint = DoorSocket.named(host == null ? peer.getHostString() : host, port > 0 ? port : peer.getPort());
        } catch (IllegalArgumentException e) {
            throw new SocketException(e.getMessage(), e);
        }
        SSLSocket tls = settings.over(below, settings.context(), endpoint, closesBelow);
        return new TlsSocket(settings, below, closesBelow, tls, endpoint);
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        connect(remote, 0);
    }

    @Override
    public void connect(SocketAddress remote, int millis) throws IOException {
        below.connect(remote, millis);
        if (!(below instanceof DoorSocket ours)) {
            throw new SocketException("already connected"); // it was when it came, and should have said so itself
        }
        boolean done = false;
        try {
            Endpoint to = ours.endpoint();
            SSLSocket kept = tls;
            SSLSocket made = settings.over(below, settings.context(), to, true);
            SSLParameters parameters = kept.getSSLParameters();
            if (parameters.getServerNames() == null) {
                parameters.setServerNames(made.getSSLParameters().getServerNames());
            }
            made.setSSLParameters(parameters);
            made.setUseClientMode(kept.getUseClientMode());
            made.setEnableSessionCreation(kept.getEnableSessionCreation());
            made.setHandshakeApplicationProtocolSelector(kept.getHandshakeApplicationProtocolSelector());
            listeners.forEach(made::addHandshakeCompletedListener);
            endpoint = to;
            tls = made;
            done = true;
        } finally {
            if (!done) {
                below.close();
            }
        }
    }

    private SSLSocket connected() throws SocketException {
        if (endpoint == null) {
            throw new SocketException("Socket is not connected");
        }
        return tls;
    }

    /** The first one; one more is for the JDK to refuse or to do. */
    @Override
    public void startHandshake() throws IOException {
        SSLSocket over = connected();
        if (!shake()) {
            over.startHandshake();
        }
    }

    /** Whether it did; all others wait for the one that does. */
    private boolean shake() throws IOException {
        if (shaken) {
            return false;
        }
        Handshake done;
        handshaking.lock();
        try {
            if (shaken) {
                return false;
            }
            Endpoint with = endpoint;
            if (with == null) {
                throw new SocketException("Socket is not connected");
            }
            done = Tls.shake(tls, with, Transport.inWords(below.getRemoteSocketAddress()));
            shaken = true;
        } catch (IOException e) {
            throw Tls.explained(e);
        } finally {
            handshaking.unlock();
        }
        settings.done(done);
        return true;
    }

    @Override
    public SSLSession getSession() {
        if (endpoint != null) {
            try {
                shake();
            } catch (IOException e) {
                // then it is not valid, which is how an SSLSocket says so
            }
        }
        return tls.getSession();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new Input(connected().getInputStream());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new Output(connected().getOutputStream());
    }

    @Override
    public void close() throws IOException {
        if (closesBelow && below instanceof DoorSocket ours) {
            ours.beforeGoodbye();
        }
        try {
            if (endpoint != null) {
                tls.close();
            }
        } finally {
            if (closesBelow) {
                below.close();
            }
        }
    }

    @Override
    public boolean isClosed() {
        return below.isClosed() || endpoint != null && tls.isClosed();
    }

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
        listeners.add(listener);
        tls.addHandshakeCompletedListener(listener);
    }

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
        listeners.remove(listener);
        tls.removeHandshakeCompletedListener(listener);
    }

    @Override
    public String toString() {
        return "TLS over " + below;
    }

    /** The JDK's own would shake hands at the first byte as well, and nobody would be told. */
    private final class Input extends InputStream {
        private final InputStream in;

        Input(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            shake();
            return in.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            shake();
            return in.read(into, offset, length);
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() throws IOException {
            TlsSocket.this.close();
        }
    }

    private final class Output extends OutputStream {
        private final OutputStream out;

        Output(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            shake();
            out.write(b);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            shake();
            out.write(from, offset, length);
        }

        @Override
        public void close() throws IOException {
            TlsSocket.this.close();
        }
    }

    // What there is to TLS.

    @Override
    public String[] getSupportedCipherSuites() {
        return tls.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return tls.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        tls.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return tls.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return tls.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        tls.setEnabledProtocols(protocols);
    }

    @Override
    public SSLParameters getSSLParameters() {
        return tls.getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
        tls.setSSLParameters(parameters);
    }

    @Override
    public @Nullable SSLSession getHandshakeSession() {
        return tls.getHandshakeSession();
    }

    @Override
    public @Nullable String getApplicationProtocol() {
        return tls.getApplicationProtocol();
    }

    @Override
    public @Nullable String getHandshakeApplicationProtocol() {
        return tls.getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(BiFunction<SSLSocket, List<String>, String> selector) {
        tls.setHandshakeApplicationProtocolSelector(selector);
    }

    @Override
    public @Nullable BiFunction<SSLSocket, List<String>, String> getHandshakeApplicationProtocolSelector() {
        return tls.getHandshakeApplicationProtocolSelector();
    }

    @Override
    public void setUseClientMode(boolean client) {
        tls.setUseClientMode(client);
    }

    @Override
    public boolean getUseClientMode() {
        return tls.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        tls.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
        return tls.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
        tls.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
        return tls.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean enabled) {
        tls.setEnableSessionCreation(enabled);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return tls.getEnableSessionCreation();
    }

    @Override
    public void shutdownInput() throws IOException {
        connected().shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        connected().shutdownOutput();
    }

    @Override
    public boolean isInputShutdown() {
        return tls.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return tls.isOutputShutdown();
    }

    // What there is to any socket.

    @Override
    public void bind(@Nullable SocketAddress address) throws IOException {
        below.bind(address);
    }

    @Override
    public boolean isConnected() {
        return below.isConnected();
    }

    @Override
    public boolean isBound() {
        return below.isBound();
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return below.getRemoteSocketAddress();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        return below.getInetAddress();
    }

    @Override
    public int getPort() {
        return below.getPort();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return below.getLocalSocketAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return below.getLocalAddress();
    }

    @Override
    public int getLocalPort() {
        return below.getLocalPort();
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        below.setSoTimeout(millis);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return below.getSoTimeout();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        below.setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return below.getTcpNoDelay();
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        below.setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return below.getKeepAlive();
    }

    @Override
    public void setSoLinger(boolean on, int seconds) throws SocketException {
        below.setSoLinger(on, seconds);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return below.getSoLinger();
    }

    @Override
    public void setSendBufferSize(int bytes) throws SocketException {
        below.setSendBufferSize(bytes);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return below.getSendBufferSize();
    }

    @Override
    public void setReceiveBufferSize(int bytes) throws SocketException {
        below.setReceiveBufferSize(bytes);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return below.getReceiveBufferSize();
    }

    @Override
    public void setTrafficClass(int octet) throws SocketException {
        below.setTrafficClass(octet);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return below.getTrafficClass();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        below.setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return below.getReuseAddress();
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        below.sendUrgentData(data);
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        below.setOOBInline(on);
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        return below.getOOBInline();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return below.supportedOptions();
    }

    @Override
    public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
        below.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return below.getOption(option);
    }
}
