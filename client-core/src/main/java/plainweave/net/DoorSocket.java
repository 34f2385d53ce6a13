package plainweave.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.observe.ConnectionClosed.Reason;

/**
 * A socket for a client that is not ours, which behaves as {@link Socket} says. There is no channel before it is connected, because only
 * the race decides to which address one leads: what is set before is kept, and done to every channel of the race.
 */
final class DoorSocket extends Socket {
    private static final int MOST_LINGER_SECONDS = 65_535;

    private final Door door;
    private final Map<SocketOption<?>, Object> early = new ConcurrentHashMap<>();
    private final Set<Transport> connecting = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean began = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile int soTimeout;
    private volatile @Nullable InetSocketAddress bound;
    private volatile @Nullable DoorWire wire;

    DoorSocket(Door door) throws SocketException {
        super((SocketImpl) null);
        this.door = door;
    }

    @Nullable
    DoorWire wire() {
        return wire;
    }

    private DoorWire connected() throws SocketException {
        requireOpen();
        DoorWire by = wire;
        if (by == null) {
            throw new SocketException("Socket is not connected");
        }
        return by;
    }

    /** Where it was to lead, by its name if it has one. */
    Endpoint endpoint() throws SocketException {
        return connected().endpoint();
    }

    private void requireOpen() throws SocketException {
        if (closed.get()) {
            throw new SocketException("Socket is closed");
        }
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        connect(remote, 0);
    }

    @Override
    public void connect(SocketAddress remote, int millis) throws IOException {
        if (!(remote instanceof InetSocketAddress to)) {
            throw new IllegalArgumentException("address " + remote + " is no InetSocketAddress");
        }
        if (millis < 0) {
            throw new IllegalArgumentException("connect timeout " + millis + " ms is negative");
        }
        requireOpen();
        if (!began.compareAndSet(false, true)) {
            throw new SocketException(isConnected() ? "already connected" : "Connection in progress");
        }
        boolean done = false;
        try {
            door.requireOpen();
            dial(to, millis);
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private void dial(InetSocketAddress to, int millis) throws IOException {
        Duration most = door.settings.connectTimeout();
        Duration allowed = millis == 0 ? most : Duration.ofMillis(millis);
        long start = door.now();
        Deadline limit = Deadline.after(allowed);
        Endpoint endpoint = endpoint(to);
        Transport transport;
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted before it was connected");
            }
            transport = dial(endpoint, to, limit, allowed.compareTo(most) >= 0);
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw DoorFailures.connecting(endpoint, allowed, e);
        }
        DoorWire made;
        try {
            made = new DoorWire(door, this, endpoint, transport);
            made.view().setSoTimeout(soTimeout);
        } catch (IOException e) {
            transport.close();
            throw DoorFailures.inUse(transport.told(e), false, allowed);
        }
        wire = made;
        connecting.clear();
        door.opened(this, made, start);
        if (closed.get()) {
            door.closed(this, made, Reason.NOT_KEPT); // whoever closed it did not see it
            throw DoorFailures.closed(null);
        }
    }

    private Transport dial(Endpoint endpoint, InetSocketAddress to, Deadline limit, boolean patient)
            throws IOException, InterruptedException {
        Progress progress = new Progress(System.nanoTime());
        try {
            return door.dialer.dial(endpoint, limit, patient, progress, this::prepare);
        } catch (DialException e) {
            // A label that somebody gave an address, say, or what the system calls it in a log. But 0.0.0.0 is a
            // place-holder: to connect there is to connect to this machine.
            boolean nameless = !to.isUnresolved()
                    && !to.getAddress().isAnyLocalAddress()
                    && e.attempts().stream().allMatch(attempt -> attempt.phase() == Phase.DNS)
                    && !limit.expired();
            if (!nameless) {
                throw e;
            }
            Endpoint literal = Endpoint.of(to.getAddress().getHostAddress(), to.getPort());
            return door.dialer.dial(literal, limit, patient, progress, this::prepare);
        }
    }

    /** By its name, if it has one: an address that the client looked up itself is one of several, and may be old. */
    private static Endpoint endpoint(InetSocketAddress to) throws IOException {
        try {
            return named(to.getHostString(), to.getPort());
        } catch (IllegalArgumentException e) {
            if (to.getPort() == 0) {
                throw new SocketException(e.getMessage(), e);
            }
            if (to.isUnresolved()) {
                UnknownHostException unknown = new UnknownHostException(e.getMessage());
                unknown.initCause(e);
                throw unknown;
            }
            return Endpoint.of(to.getAddress().getHostAddress(), to.getPort());
        }
    }

    /** The dot that ends an absolute name is left out, as everywhere here. */
    static Endpoint named(String host, int port) {
        return Endpoint.of(host.endsWith(".") ? host.substring(0, host.length() - 1) : host, port);
    }

    /** Before a transport is connected. */
    private void prepare(Transport transport) throws IOException {
        SocketChannel channel = transport.channel();
        for (Map.Entry<SocketOption<?>, Object> option : early.entrySet()) {
            setOption(channel, option.getKey(), option.getValue());
        }
        InetSocketAddress from = bound;
        if (from != null) {
            channel.bind(from);
        }
        connecting.add(transport);
        if (closed.get()) {
            transport.cut(CutException.Reason.LEASE_CLOSED); // whoever closed it did not see it
        }
    }

    @SuppressWarnings("unchecked") // set as a pair
    private static <T> void setOption(SocketChannel channel, SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }

    @Override
    public void bind(@Nullable SocketAddress address) throws IOException {
        requireOpen();
        if (isBound()) {
            throw new SocketException("Already bound");
        }
        if (address == null) {
            bound = new InetSocketAddress(0);
            return;
        }
        if (!(address instanceof InetSocketAddress from)) {
            throw new IllegalArgumentException("address " + address + " is no InetSocketAddress");
        }
        if (from.isUnresolved()) {
            throw new SocketException("Unresolved address " + from);
        }
        if (door.sockets.localAddress() != null) {
            throw new SocketException("cannot bind to " + from + ": the client's localAddress is "
                    + door.sockets.localAddress().getHostAddress());
        }
        bound = from;
    }

    /** Its transport turned out to be closed, or is to be. */
    void lost(Reason reason) {
        DoorWire by = wire;
        if (by != null) {
            door.closed(this, by, reason);
        }
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            connecting.forEach(transport -> transport.cut(CutException.Reason.LEASE_CLOSED));
            lost(Reason.NOT_KEPT);
        }
    }

    /** Before TLS says goodbye: the peer has a moment for it, and none where it takes nothing of something else already. */
    void beforeGoodbye() {
        DoorWire by = wire;
        if (by != null && by.isWriting()) {
            close();
        } else if (by != null) {
            by.leave();
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        DoorWire by = connected();
        if (by.view().isInputShutdown()) {
            throw new SocketException("Socket input is shutdown");
        }
        return by.input();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        DoorWire by = connected();
        if (by.view().isOutputShutdown()) {
            throw new SocketException("Socket output is shutdown");
        }
        return by.output();
    }

    @Override
    public void shutdownInput() throws IOException {
        connected().view().shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        connected().view().shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return wire != null;
    }

    @Override
    public boolean isBound() {
        return bound != null || isConnected();
    }

    @Override
    public boolean isClosed() {
        DoorWire by = wire;
        return closed.get() || by != null && !by.transport().isOpen();
    }

    @Override
    public boolean isInputShutdown() {
        DoorWire by = wire;
        return by != null && by.view().isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        DoorWire by = wire;
        return by != null && by.view().isOutputShutdown();
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        DoorWire by = wire;
        return by == null ? null : by.peer();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        DoorWire by = wire;
        return by == null ? null : by.peer().getAddress();
    }

    @Override
    public int getPort() {
        DoorWire by = wire;
        return by == null ? 0 : by.peer().getPort();
    }

    private @Nullable InetSocketAddress local() {
        DoorWire by = wire;
        return by == null ? bound : by.local();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return local();
    }

    @Override
    public InetAddress getLocalAddress() {
        InetSocketAddress from = isClosed() ? null : local();
        return from == null ? new InetSocketAddress(0).getAddress() : from.getAddress();
    }

    @Override
    public int getLocalPort() {
        InetSocketAddress from = local();
        return from == null ? -1 : from.getPort();
    }

    @Override
    public String toString() {
        DoorWire by = wire;
        return "Socket["
                + (by == null
                        ? "unconnected"
                        : by.endpoint() + " at " + by.transport().address()) + "]";
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        requireOpen();
        if (millis < 0) {
            throw new IllegalArgumentException("timeout " + millis + " ms is negative");
        }
        soTimeout = millis;
        DoorWire by = wire;
        if (by != null) {
            by.view().setSoTimeout(millis);
        }
    }

    @Override
    public int getSoTimeout() throws SocketException {
        requireOpen();
        return soTimeout;
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        try (SocketChannel any = SocketChannel.open()) {
            return any.supportedOptions();
        } catch (IOException e) {
            return Set.of(); // no descriptors left: there is nothing to set an option of
        }
    }

    @Override
    public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
        requireOpen();
        DoorWire by = wire;
        if (by != null) {
            by.channel().setOption(option, value);
            return this;
        }
        try (SocketChannel any = SocketChannel.open()) {
            any.setOption(option, value); // or it says now what is wrong
        }
        early.put(option, value);
        return this;
    }

    @Override
    @SuppressWarnings("unchecked") // set as a pair
    public <T> T getOption(SocketOption<T> option) throws IOException {
        requireOpen();
        DoorWire by = wire;
        if (by != null) {
            return by.channel().getOption(option);
        }
        Object set = early.get(option);
        if (set != null) {
            return (T) set;
        }
        try (SocketChannel any = SocketChannel.open()) {
            new SocketSettings(door.sockets.keepAlive(), null).applyTo(any, new InetSocketAddress(0));
            return any.getOption(option);
        }
    }

    private <T> void set(SocketOption<T> option, T value) throws SocketException {
        try {
            setOption(option, value);
        } catch (IOException e) {
            throw DoorFailures.inUse(e, false, Duration.ZERO);
        }
    }

    private <T> T get(SocketOption<T> option) throws SocketException {
        try {
            return getOption(option);
        } catch (IOException e) {
            throw DoorFailures.inUse(e, false, Duration.ZERO);
        }
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        set(StandardSocketOptions.TCP_NODELAY, on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return get(StandardSocketOptions.TCP_NODELAY);
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_KEEPALIVE, on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return get(StandardSocketOptions.SO_KEEPALIVE);
    }

    @Override
    public void setSoLinger(boolean on, int seconds) throws SocketException {
        if (on && seconds < 0) {
            throw new IllegalArgumentException("linger " + seconds + " s is negative");
        }
        set(StandardSocketOptions.SO_LINGER, on ? Math.min(seconds, MOST_LINGER_SECONDS) : -1);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return get(StandardSocketOptions.SO_LINGER);
    }

    @Override
    public void setSendBufferSize(int bytes) throws SocketException {
        setSize(StandardSocketOptions.SO_SNDBUF, bytes);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int bytes) throws SocketException {
        setSize(StandardSocketOptions.SO_RCVBUF, bytes);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_RCVBUF);
    }

    private void setSize(SocketOption<Integer> option, int bytes) throws SocketException {
        if (bytes <= 0) {
            throw new IllegalArgumentException(option + " of " + bytes + " bytes is not positive");
        }
        set(option, bytes);
    }

    @Override
    public void setTrafficClass(int octet) throws SocketException {
        if (octet < 0 || octet > 255) {
            throw new IllegalArgumentException("traffic class " + octet + " is not in 0 to 255");
        }
        set(StandardSocketOptions.IP_TOS, octet);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return get(StandardSocketOptions.IP_TOS);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void sendUrgentData(int data) throws SocketException {
        throw new SocketException("urgent data is not supported");
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        requireOpen();
        if (on) {
            throw new SocketException("urgent data is not supported");
        }
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        requireOpen();
        return false;
    }
}
