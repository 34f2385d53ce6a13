package plainweave.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Sends every byte back, to any number of connections, on a free port of 127.0.0.1 unless told where. One blocking thread per connection,
 * so that it may also carry load beside a client in the same JVM.
 *
 * <p>All methods may be called from any thread.
 */
public final class EchoServer implements AutoCloseable {
    private static final int BUFFER = 16 << 10;

    private final Tally tally;
    private final Listener listener;

    private EchoServer(Tally tally, Listener listener) {
        this.tally = tally;
        this.listener = listener;
    }

    /**
     * Starts a server on virtual threads.
     *
     * @throws java.io.UncheckedIOException if it cannot listen
     */
    public static EchoServer start() {
        return start(Thread.ofVirtual());
    }

    /**
     * Starts a server on threads of {@code threads}, for instance {@code Thread.ofPlatform()} to keep it off the
     * carriers of virtual threads. They get names that begin with {@code echo-server-}; platform threads become
     * daemons.
     *
     * @throws java.io.UncheckedIOException if it cannot listen
     */
    public static EchoServer start(Thread.Builder threads) {
        return start(Listener.anyPort(), threads);
    }

    /**
     * Starts a server on virtual threads at {@code address}: beside another one at the same port of 127.0.0.2, say. Port
     * 0 is any free one.
     *
     * @throws java.io.UncheckedIOException if it cannot listen there
     */
    public static EchoServer startAt(InetSocketAddress address) {
        return start(address, Thread.ofVirtual());
    }

    private static EchoServer start(InetSocketAddress address, Thread.Builder threads) {
        Tally tally = new Tally();
        Listener.Service echo = (connection, number) -> echo(connection, tally);
        return new EchoServer(tally, Listener.start("echo-server", address, threads, tally, echo));
    }

    /** The address in digits. */
    public String host() {
        return address().getAddress().getHostAddress();
    }

    /** The port it listens on, also once it is closed. */
    public int port() {
        return address().getPort();
    }

    /** Where to connect. */
    public InetSocketAddress address() {
        return listener.address();
    }

    /** How many connections were accepted so far. */
    public int connections() {
        return tally.connections();
    }

    /** How many connections are open now; one counts until the server has noticed its end. */
    public int open() {
        return tally.open();
    }

    /** How many bytes were read so far, on all connections. */
    public long bytes() {
        return tally.bytesRead();
    }

    /**
     * Waits until exactly {@code count} connections are open; at once with 0 if there was none yet.
     *
     * @throws AssertionError if that is not so within {@code within}; it shows the counts
     */
    public void awaitOpen(int count, Duration within) throws InterruptedException {
        tally.awaitOpen(count, within);
    }

    /**
     * Closes the port and all connections and waits, at most 5 s, for their threads to end. Closing again does nothing.
     *
     * @throws IllegalStateException if a thread is still running after that
     */
    @Override
    public void close() {
        listener.close();
    }

    private static void echo(SocketChannel connection, Tally tally) throws IOException {
        // On the heap: direct buffers of thousands of short connections would wait for the collector.
        ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
        for (int count; (count = connection.read(bytes)) >= 0; ) {
            tally.read(count);
            bytes.flip();
            while (bytes.hasRemaining()) {
                connection.write(bytes);
            }
            bytes.clear();
        }
    }
}
