package plainweave.testing;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * What a {@link FaultServer} does on each of its connections, step by step. A script whose steps are done closes its
 * connection with a FIN; so does a script that waits for a request when the client leaves.
 *
 * <p>Immutable: every method returns a new script, so a common beginning may be shared. Text is sent and compared as
 * UTF-8. Arrays are copied.
 */
public final class Script {
    static final Script EMPTY = new Script(List.of(List.of()));

    // Fixed, so that a failing test fails again.
    private static final long GARBAGE_SEED = 20_260_101L;

    private final List<List<Step>> connections;

    private Script(List<List<Step>> connections) {
        this.connections = connections;
    }

    /** Reads a request up to LF; the frame is what stood before LF or CRLF. */
    public Script readLine() {
        return add(peer -> peer.readLine());
    }

    /**
     * Reads a request of exactly {@code bytes} bytes.
     *
     * @throws IllegalArgumentException unless 1 to 16 MiB
     */
    public Script readExactly(int bytes) {
        require(bytes >= 1 && bytes <= Peer.MAX_FRAME, "readExactly", bytes);
        return add(peer -> peer.readExactly(bytes));
    }

    /** Reads a request up to {@code delimiter}, as {@link #readUntil(byte[])} does. */
    public Script readUntil(String delimiter) {
        return readUntil(utf8(delimiter));
    }

    /**
     * Reads a request up to {@code delimiter}; the frame is what stood before it. A frame over 16 MiB ends the
     * connection and is a {@linkplain FaultServer#failures() failure}.
     *
     * @throws IllegalArgumentException if the delimiter is empty
     */
    public Script readUntil(byte[] delimiter) {
        require(delimiter.length > 0, "length of the delimiter", delimiter.length);
        byte[] copy = delimiter.clone();
        return add(peer -> peer.readUntil(copy));
    }

    /** Sends {@code bytes}, as {@link #reply(byte[])} does. */
    public Script reply(String bytes) {
        return reply(utf8(bytes));
    }

    /** Sends {@code bytes} at once. With no request read before it, this is a banner or bytes nobody asked for. */
    public Script reply(byte[] bytes) {
        byte[] copy = bytes.clone();
        return add(peer -> peer.send(copy));
    }

    /**
     * Sends what {@code reply} makes of the last frame read on this connection (empty before the first). It runs on the
     * connection's thread, for several connections at a time; what it throws ends the connection and is a
     * {@linkplain FaultServer#failures() failure}.
     */
    public Script replyWith(Function<byte[], byte[]> reply) {
        Objects.requireNonNull(reply, "reply");
        return add(peer -> peer.send(reply.apply(peer.frame())));
    }

    /** Sends {@code bytes} slowly, as {@link #drip(byte[], Duration)} does. */
    public Script drip(String bytes, Duration pause) {
        return drip(utf8(bytes), pause);
    }

    /**
     * Sends {@code bytes} one at a time with {@code pause} between two of them.
     *
     * @throws IllegalArgumentException if the pause is negative
     */
    public Script drip(byte[] bytes, Duration pause) {
        requirePause(pause);
        byte[] copy = bytes.clone();
        return add(peer -> peer.drip(copy, pause));
    }

    /**
     * Sends {@code bytes} bytes of noise, the same in every run.
     *
     * @throws IllegalArgumentException unless 1 to 16 MiB
     */
    public Script garbage(int bytes) {
        require(bytes >= 1 && bytes <= Peer.MAX_FRAME, "garbage", bytes);
        byte[] noise = new byte[bytes];
        new Random(GARBAGE_SEED).nextBytes(noise);
        return reply(noise);
    }

    /** Does nothing until {@code gate} is open: what follows is late by exactly as much as the test wants. */
    public Script await(FaultServer.Gate gate) {
        Objects.requireNonNull(gate, "gate");
        return add(peer -> {
            gate.await();
            return true;
        });
    }

    /** Opens {@code gate}, to tell the test that the script came this far. */
    public Script open(FaultServer.Gate gate) {
        Objects.requireNonNull(gate, "gate");
        return add(peer -> {
            gate.open();
            return true;
        });
    }

    /**
     * Does nothing for {@code pause}. Prefer a gate wherever the test can tell when it has seen enough.
     *
     * @throws IllegalArgumentException if the pause is negative
     */
    public Script pause(Duration pause) {
        requirePause(pause);
        return add(peer -> {
            Thread.sleep(pause);
            return true;
        });
    }

    /**
     * Takes what the client sends and never answers; as the first step, a connection accepted and left hanging. Ends
     * when the client closes its side, or with the server.
     */
    public Script stall() {
        return add(Peer::stall);
    }

    /**
     * Lets the system hold about so many bytes that were not read yet, where it would let them grow to dozens of MiB: so a request that
     * is awaited, but not read, stalls.
     *
     * @throws IllegalArgumentException if not positive
     */
    public Script receiveBuffer(int bytes) {
        require(bytes >= 1, "receiveBuffer", bytes);
        return add(peer -> peer.receiveBuffer(bytes));
    }

    /**
     * Takes nothing from the connection until the server is closed, so that the client's writes stall; a client that
     * leaves goes unnoticed. The receive buffer is made small, but the client's own send buffer may first swallow some
     * MiB (4 with Linux' defaults).
     */
    public Script neverRead() {
        return add(Peer::neverRead);
    }

    /**
     * Closes the connection with a FIN as soon as {@code bytes} more bytes were sent, be it in the middle of a reply.
     *
     * @throws IllegalArgumentException if negative
     */
    public Script cutAfter(int bytes) {
        require(bytes >= 0, "cutAfter", bytes);
        return add(peer -> peer.cutAfter(bytes));
    }

    /** Ends the sending side with a FIN; the script goes on and may still read. */
    public Script halfClose() {
        return add(Peer::halfClose);
    }

    /** Closes the connection with a FIN. As the first step: accepted and closed at once. */
    public Script close() {
        return add(peer -> false);
    }

    /** Closes the connection with an RST (linger 0). Linux still delivers what was sent before; others may not. */
    public Script reset() {
        return add(Peer::reset);
    }

    /**
     * Reads the ClientHello of a TLS client as a request; the frame is its record. To speak TLS badly afterwards:
     * {@link #stall()} for a handshake that hangs, {@link #reply(String)} for plain text, {@link #tlsAlert}.
     */
    public Script readClientHello() {
        return add(Peer::readClientHello);
    }

    /**
     * Sends a fatal alert in plain, as during a handshake.
     *
     * @param description its number of RFC 8446 section 6, 0 to 255; 40 is handshake_failure
     * @throws IllegalArgumentException for any other
     */
    public Script tlsAlert(int description) {
        require(description >= 0 && description <= 0xFF, "tlsAlert", description);
        return reply(new byte[] {21, 3, 3, 0, 2, 2, (byte) description});
    }

    /**
     * Shakes hands as the server, and speaks TLS from then on: frames and counts are those inside. As the first step, or
     * after some in plain (STARTTLS). A handshake that fails ends the connection and is a
     * {@linkplain FaultServer#failures() failure}. A script that ends says so by close_notify; one that is
     * {@linkplain #cutAfter cut} does not.
     *
     * @param context with the certificate, for instance of a {@link TestCertificate}
     */
    public Script startTls(SSLContext context) {
        return startTls(context, socket -> {});
    }

    /**
     * Shakes hands as {@link #startTls(SSLContext)} does, in its own way: with certain versions, application protocols, or
     * a certificate asked of the client.
     *
     * @param context with the certificate, for instance of a {@link TestCertificate}
     * @param setUp given each connection's socket before its handshake; it may keep the socket to ask for its session
     *     afterwards. It runs on the connection's thread, for several connections at a time; what it throws ends the
     *     connection and is a {@linkplain FaultServer#failures() failure}.
     */
    public Script startTls(SSLContext context, Consumer<SSLSocket> setUp) {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(setUp, "setUp");
        return add(peer -> peer.startTls(context, setUp));
    }

    /**
     * Waits for a slot of {@code capacity} and holds it for the time of service. A request that is refused or dropped
     * ends the connection with a FIN.
     */
    public Script serve(Capacity capacity) {
        return serve(capacity, EMPTY, EMPTY.close());
    }

    /**
     * Waits for a slot of {@code capacity}, holds it for the time of service and runs {@code served}; or runs
     * {@code refused} if the capacity's line is full. After either the script goes on. A request that is dropped ends
     * the connection.
     *
     * @throws IllegalArgumentException if {@code served} or {@code refused} has scripts for more than one connection
     */
    public Script serve(Capacity capacity, Script served, Script refused) {
        List<Step> servedSteps = served.part();
        List<Step> refusedSteps = refused.part();
        Objects.requireNonNull(capacity, "capacity");
        return add(peer -> switch (capacity.serve(peer)) {
            case SERVED -> Step.runAll(servedSteps, peer);
            case REFUSED -> Step.runAll(refusedSteps, peer);
            case GONE -> false;
        });
    }

    /**
     * Adds the steps of {@code part}, for instance a banner followed by a loop.
     *
     * @throws IllegalArgumentException if {@code part} has scripts for more than one connection
     */
    public Script run(Script part) {
        List<Step> steps = part.part();
        return add(peer -> Step.runAll(steps, peer));
    }

    /**
     * Repeats the steps of this connection so far until the client leaves.
     *
     * @throws IllegalArgumentException if there are none
     */
    public Script repeat() {
        return repeat(Long.MAX_VALUE);
    }

    /**
     * Runs the steps of this connection so far {@code times} times in all.
     *
     * @throws IllegalArgumentException if there are none, or {@code times} is below 1
     */
    public Script repeat(int times) {
        require(times >= 1, "repeat", times);
        return repeat((long) times);
    }

    /**
     * The next connection runs {@code next}; the last script of such a row also serves all connections after it. Steps
     * added afterwards belong to that last script.
     */
    public Script then(Script next) {
        List<List<Step>> row = new ArrayList<>(connections);
        row.addAll(next.connections);
        return new Script(List.copyOf(row));
    }

    /** Runs the script of the connection that was accepted as number {@code connection}, counted from 1. */
    void play(int connection, Peer peer) throws Exception {
        Step.runAll(connections.get(Math.min(connection, connections.size()) - 1), peer);
        peer.finish();
    }

    private List<Step> part() {
        require(connections.size() == 1, "scripts in a part", connections.size());
        return connections.getLast();
    }

    private Script repeat(long times) {
        List<Step> steps = connections.getLast();
        require(!steps.isEmpty(), "steps to repeat", 0);
        return replaceLast(List.of(peer -> {
            for (long i = 0; i < times && peer.isOpen(); i++) {
                if (!Step.runAll(steps, peer)) {
                    return false;
                }
            }
            return true;
        }));
    }

    private Script add(Step step) {
        List<Step> steps = new ArrayList<>(connections.getLast());
        steps.add(step);
        return replaceLast(steps);
    }

    private Script replaceLast(List<Step> steps) {
        List<List<Step>> row = new ArrayList<>(connections);
        row.set(row.size() - 1, List.copyOf(steps));
        return new Script(List.copyOf(row));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void requirePause(Duration pause) {
        if (pause.isNegative()) {
            throw new IllegalArgumentException("pause: " + pause);
        }
    }

    private static void require(boolean valid, String what, int value) {
        if (!valid) {
            throw new IllegalArgumentException(what + ": " + value);
        }
    }
}
