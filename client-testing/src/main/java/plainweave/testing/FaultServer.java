package plainweave.testing;

import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A loopback peer that misbehaves by script: it stalls, drips, cuts, resets or answers late, exactly where a test
 * wants.
 *
 * {@snippet lang = java:
 * FaultServer.Gate answer = FaultServer.gate();
 * Script late = FaultServer.script().readLine().await(answer).reply("+OK\n");
 * Script healthy = FaultServer.script().readLine().reply("+OK\n").repeat();
 * try (FaultServer server = FaultServer.start(late.then(healthy))) { // the first connection, and all later ones
 *     client.connect(server.host(), server.port());
 *     server.awaitRequests(1, Duration.ofSeconds(5));
 *     answer.open();
 * }
 * }
 *
 * <p>Every connection runs its script on a platform thread of its own, a daemon whose name begins with
 * {@code fault-server-}: the server never needs a carrier of virtual threads. What goes wrong in a script is normal,
 * the client leaving in the middle of a frame above all: it ends that connection and is remembered, not printed.
 *
 * <p>All methods may be called from any thread.
 */
public final class FaultServer implements AutoCloseable {
    private final Tally tally;
    private final Listener listener;
    private volatile Playing playing;

    private FaultServer(InetSocketAddress address, Script script) {
        playing = new Playing(script, 0, null);
        tally = new Tally();
        listener = Listener.start("fault-server", address, Thread.ofPlatform(), tally, this::serve);
    }

    /** The script without any step: accept and close. */
    public static Script script() {
        return Script.EMPTY;
    }

    /** A gate that is shut. */
    public static Gate gate() {
        return new Gate();
    }

    /**
     * Starts a server for {@code script} on a free port of 127.0.0.1.
     *
     * @throws java.io.UncheckedIOException if it cannot listen
     */
    public static FaultServer start(Script script) {
        return startAt(Listener.anyPort(), script);
    }

    /**
     * Starts a server at {@code address}: back at the port of one that was closed, or beside another one at the same
     * port of 127.0.0.2. Port 0 is any free one.
     *
     * @throws java.io.UncheckedIOException if it cannot listen there
     */
    public static FaultServer startAt(InetSocketAddress address, Script script) {
        return new FaultServer(address, Objects.requireNonNull(script, "script"));
    }

    /** A port of 127.0.0.1 that refuses connects for as long as it is held. */
    public static DeadPort refusing() {
        return refusingAt(Listener.anyPort());
    }

    /**
     * A port at {@code address} that refuses connects for as long as it is held.
     *
     * @throws java.io.UncheckedIOException if it is in use
     */
    public static DeadPort refusingAt(InetSocketAddress address) {
        return DeadPort.refusing(address);
    }

    /** A port of 127.0.0.1 where connects hang, as {@link #blackholeAt} makes it. */
    public static DeadPort blackhole() {
        return blackholeAt(Listener.anyPort());
    }

    /**
     * A port at {@code address} where connects neither succeed nor fail: its backlog is full and nobody accepts. That
     * they hang is what Linux does, where the kernel then drops the SYN; other systems may refuse. Takes 0.2 s to
     * prove.
     *
     * @throws java.io.UncheckedIOException if it is in use
     * @throws IllegalStateException if connects do not hang on this system
     */
    public static DeadPort blackholeAt(InetSocketAddress address) {
        return DeadPort.blackhole(address);
    }

    /**
     * Changes the script: connections accepted from now on run {@code next}, the first of them its first one. Those that
     * are open go on with theirs.
     */
    public void play(Script next) {
        Objects.requireNonNull(next, "next");
        playing = new Playing(next, tally.connections(), playing);
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

    /** How many connections are open now; one counts until its script has ended. */
    public int open() {
        return tally.open();
    }

    /** How many whole requests were read so far, on all connections. */
    public int requests() {
        return tally.requests();
    }

    /** How many bytes the scripts took from their sockets so far, on all connections. */
    public long bytesRead() {
        return tally.bytesRead();
    }

    /** What ended scripts early so far, the first 100. */
    public List<Throwable> failures() {
        return tally.failures();
    }

    /**
     * Asserts that no script was ended early so far: by a client that left inside a frame, a reset, a function that
     * threw.
     *
     * @throws AssertionError if one was; it tells how many, and shows them as suppressed
     */
    public void assertNoFailures() {
        tally.assertNoFailures();
    }

    /**
     * Waits until at least {@code count} connections were accepted.
     *
     * @throws AssertionError if that is not so within {@code within}; it shows the counts, and the failures as
     *     suppressed
     */
    public void awaitConnections(int count, Duration within) throws InterruptedException {
        tally.awaitConnections(count, within);
    }

    /**
     * Waits until exactly {@code count} connections are open; at once with 0 if there was none yet.
     *
     * @throws AssertionError as {@link #awaitConnections}
     */
    public void awaitOpen(int count, Duration within) throws InterruptedException {
        tally.awaitOpen(count, within);
    }

    /**
     * Waits until at least {@code count} whole requests were read.
     *
     * @throws AssertionError as {@link #awaitConnections}
     */
    public void awaitRequests(int count, Duration within) throws InterruptedException {
        tally.awaitRequests(count, within);
    }

    /**
     * Closes the port and all connections, wherever their scripts are, and waits, at most 5 s, for their threads to
     * end. Closing again does nothing.
     *
     * @throws IllegalStateException if a thread is still running after that, in a function given to
     *     {@link Script#replyWith}
     */
    @Override
    public void close() {
        listener.close();
    }

    private void serve(SocketChannel connection, int number) throws Exception {
        Playing at = playing;
        while (at.previous != null && number <= at.acceptedBefore) {
            at = at.previous;
        }
        at.script.play(number - at.acceptedBefore, new Peer(connection, tally));
    }

    /** A script, and those that were played before, for connections accepted then whose threads begin only now. */
    private record Playing(
            Script script, int acceptedBefore, @Nullable Playing previous) {}

    /** A latch between a test and a script, to be awaited and opened by either; once open, it stays so. */
    public static final class Gate {
        private final CountDownLatch latch = new CountDownLatch(1);

        private Gate() {}

        /** Opens the gate; opening it again does nothing. */
        public void open() {
            latch.countDown();
        }

        /** Whether it was opened. */
        public boolean isOpen() {
            return latch.getCount() == 0;
        }

        /**
         * Waits until the gate is open.
         *
         * @throws AssertionError if it is not within {@code within}
         */
        public void await(Duration within) throws InterruptedException {
            if (!latch.await(TimeUnit.NANOSECONDS.convert(within), TimeUnit.NANOSECONDS)) {
                throw new AssertionError("the gate is not open within " + within);
            }
        }

        void await() throws InterruptedException {
            latch.await();
        }
    }
}
