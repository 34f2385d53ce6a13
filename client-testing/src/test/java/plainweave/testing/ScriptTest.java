package plainweave.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static plainweave.testing.Client.SOON;
import static plainweave.testing.FaultServer.script;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every kind of step, seen from a plain socket. */
@Timeout(20)
class ScriptTest {
    private static final int GLIMPSE_MILLIS = 100;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void aReplyFollowsItsRequest() throws Exception {
        Client client = connect(start(script().readLine().reply("+OK\n")));
        assertEquals("+OK\n", client.call("hello\n", 4));
    }

    @Test
    void aFinishedScriptClosesTheConnection() throws Exception {
        Client client = connect(start(script().readLine().reply("bye")));
        client.send("hello\n");
        assertArrayEquals("bye".getBytes(UTF_8), client.readToEnd());
    }

    @Test
    void framesComeWithoutTheirDelimiter() throws Exception {
        Script echoes = script().readLine()
                .replyWith(bytes -> bytes)
                .readLine()
                .replyWith(bytes -> bytes)
                .readUntil("--")
                .replyWith(bytes -> bytes)
                .readExactly(3)
                .replyWith(bytes -> bytes);
        Client client = connect(start(echoes));
        client.send("lf\ncr\r\nda-sh--one");
        assertEquals("lfcrda-shone", new String(client.readToEnd(), UTF_8));
    }

    @Test
    void aReplyMayBeMadeFromItsRequest() throws Exception {
        Script upper = script().readLine()
                .replyWith(
                        line -> new String(line, UTF_8).toUpperCase(Locale.ROOT).getBytes(UTF_8));
        assertEquals("ABC", connect(start(upper)).call("abc\n", 3));
    }

    @Test
    void aDripComesByteByByte() throws Exception {
        Client client = connect(start(script().readLine().drip("abcd", Duration.ofMillis(20))));
        client.send("slowly\n");
        assertEquals("a", client.read(1));
        long begin = System.nanoTime();
        assertEquals("bcd", client.read(3));
        assertTrue(System.nanoTime() - begin >= Duration.ofMillis(40).toNanos());
    }

    @Test
    void aPausedReplyComesLate() throws Exception {
        Client client =
                connect(start(script().readLine().pause(Duration.ofMillis(30)).reply("late")));
        long begin = System.nanoTime();
        assertEquals("late", client.call("hello\n", 4));
        assertTrue(System.nanoTime() - begin >= Duration.ofMillis(30).toNanos());
    }

    @Test
    void aReplyBehindAGateComesWhenTold() throws Exception {
        FaultServer.Gate gate = FaultServer.gate();
        FaultServer server = start(script().readLine().await(gate).reply("late"));
        Client client = connect(server);
        client.send("hello\n");
        server.awaitRequests(1, SOON);
        assertEquals(0, client.socket.getInputStream().available());

        gate.open();
        assertEquals("late", client.read(4));
    }

    @Test
    void bytesNobodyAskedForArrive() throws Exception {
        FaultServer.Gate idle = FaultServer.gate();
        FaultServer.Gate pushed = FaultServer.gate();
        Client client = connect(start(script().readLine()
                .reply("ok")
                .await(idle)
                .reply("stray")
                .open(pushed)
                .stall()));
        assertEquals("ok", client.call("hello\n", 2));

        idle.open();
        pushed.await(SOON);
        assertEquals(5, client.socket.getInputStream().available());
    }

    @Test
    void aStalledReplyNeverArrives() throws Exception {
        FaultServer server = start(script().readLine().stall());
        Client client = connect(server);
        client.send("hello\n");
        server.awaitRequests(1, SOON);
        assertNothingArrives(client);
    }

    @Test
    void aStalledServerStillTakesBytesAndNoticesTheClientLeave() throws Exception {
        FaultServer server = start(script().stall());
        Client client = connect(server);
        client.send("x".repeat(1 << 20));
        client.close();
        server.awaitConnections(1, SOON);
        server.awaitOpen(0, SOON);
        assertEquals(1 << 20, server.bytesRead());
    }

    @Test
    void writesStallWhenNobodyReads() throws Exception {
        FaultServer.Gate begun = FaultServer.gate();
        FaultServer server = start(script().open(begun).neverRead());
        try (SocketChannel client = SocketChannel.open(server.address())) {
            begun.await(SOON);
            client.configureBlocking(false);
            long sent = writeUntilFull(client);
            assertTrue(sent < 32 << 20, "swallowed " + sent);
            assertEquals(0, server.bytesRead());
        }
    }

    @Test
    void theSystemHoldsAsMuchUnreadAsTheReceiveBufferAllows() throws Exception {
        long little = swallowed(4 << 10);
        long more = swallowed(200 << 10);
        assertTrue(more > little + little / 2, little + " and " + more);
    }

    private long swallowed(int receiveBuffer) throws Exception {
        FaultServer.Gate begun = FaultServer.gate();
        FaultServer server = start(script().receiveBuffer(receiveBuffer)
                .open(begun)
                .await(FaultServer.gate())
                .stall());
        try (SocketChannel client = SocketChannel.open()) {
            client.setOption(StandardSocketOptions.SO_SNDBUF, 16 << 10);
            client.connect(server.address());
            begun.await(SOON);
            client.configureBlocking(false);
            return writeUntilFull(client);
        }
    }

    @Test
    void aReplyIsCutAfterSomeBytes() throws Exception {
        Client client =
                connect(start(script().readLine().cutAfter(5).reply("abc").reply("defg")));
        client.send("hello\n");
        assertEquals("abcde", new String(client.readToEnd(), UTF_8));
    }

    @Test
    void aDripIsCutToo() throws Exception {
        Client client = connect(start(script().cutAfter(2).drip("abc", Duration.ZERO)));
        assertEquals("ab", new String(client.readToEnd(), UTF_8));
    }

    @Test
    void aCutAfterNothingClosesAtOnce() throws Exception {
        Client client = connect(start(script().readLine().cutAfter(0).reply("abc")));
        client.send("hello\n");
        assertEquals(0, client.readToEnd().length);
    }

    @Test
    void aHalfClosedServerStillReads() throws Exception {
        FaultServer server = start(script().halfClose().readLine());
        Client client = connect(server);
        assertEquals(0, client.readToEnd().length);

        client.send("still here\n");
        server.awaitRequests(1, SOON);
    }

    @Test
    void anAcceptedConnectionIsClosedAtOnce() throws Exception {
        assertEquals(0, connect(start(script().close())).readToEnd().length);
    }

    @Test
    void aCloseIsAFinEvenWithARequestUnread() throws Exception {
        FaultServer.Gate sent = FaultServer.gate();
        Client client = connect(start(script().await(sent).close()));
        client.send("x".repeat(50_000));
        sent.open();
        assertEquals(0, client.readToEnd().length);
    }

    @Test
    void aResetIsSeenAsOne() throws Exception {
        FaultServer.Gate gate = FaultServer.gate();
        Client client =
                connect(start(script().readLine().reply("ok").await(gate).reset()));
        assertEquals("ok", client.call("hello\n", 2));

        gate.open();
        SocketException reset = assertThrows(SocketException.class, client::readToEnd);
        assertTrue(reset.toString().contains("reset"), reset.toString());
    }

    @Test
    void garbageIsTheSameInEveryRun() throws Exception {
        byte[] first = connect(start(script().garbage(1000))).readToEnd();
        byte[] second = connect(start(script().garbage(1000))).readToEnd();
        assertEquals(1000, first.length);
        assertArrayEquals(first, second);
    }

    @Test
    void aScriptRepeatsUntilTheClientLeaves() throws Exception {
        FaultServer server = start(script().readLine().reply("ok").repeat());
        Client client = connect(server);
        for (int i = 0; i < 100; i++) {
            assertEquals("ok", client.call("again\n", 2));
        }
        client.close();
        server.awaitOpen(0, SOON);
        assertEquals(100, server.requests());
        assertEquals(0, server.failures().size());
    }

    @Test
    void aScriptRepeatsACountedNumberOfTimes() throws Exception {
        FaultServer server = start(script().readLine().reply("ok").repeat(3).reply("!"));
        Client client = connect(server);
        client.send("1\n2\n3\n");
        assertEquals("okokok!", new String(client.readToEnd(), UTF_8));
    }

    @Test
    void aBannerMayComeBeforeALoop() throws Exception {
        Script loop = script().readLine().reply("ok").repeat();
        Client client = connect(start(script().reply("220 ").run(loop)));
        assertEquals("220 ", client.read(4));
        assertEquals("ok", client.call("1\n", 2));
        assertEquals("ok", client.call("2\n", 2));
    }

    @Test
    void aCutEndsALoopAround() throws Exception {
        Script loop = script().readLine().reply("ok").repeat();
        Client client = connect(start(script().cutAfter(3).run(loop)));
        client.send("1\n2\n3\n");
        assertEquals("oko", new String(client.readToEnd(), UTF_8));
    }

    @Test
    void anEndlessReplyEndsWithTheClient() throws Exception {
        FaultServer server = start(script().reply("x".repeat(10_000)).repeat());
        Client client = connect(server);
        assertEquals(100_000, client.read(100_000).length());
        client.reset();
        server.awaitOpen(0, SOON);
    }

    @Test
    void aClientThatLeavesInsideAFrameIsRemembered() throws Exception {
        FaultServer server = start(script().readLine());
        Client client = connect(server);
        client.send("hal");
        client.close();
        server.awaitConnections(1, SOON);
        server.awaitOpen(0, SOON);
        assertEquals(EOFException.class, server.failures().getFirst().getClass());
        assertEquals(0, server.requests());
    }

    @Test
    void aFailingReplyFunctionIsRemembered() throws Exception {
        FaultServer server = start(script().readLine().replyWith(request -> {
            throw new IllegalStateException("on purpose");
        }));
        Client client = connect(server);
        client.send("hello\n");
        assertEquals(0, client.readToEnd().length);
        server.awaitOpen(0, SOON);
        assertEquals("on purpose", server.failures().getFirst().getMessage());
    }

    @Test
    void addingAStepLeavesTheScriptAsItWas() throws Exception {
        Script common = script().reply("a");
        Script longer = common.reply("b");
        assertEquals("a", new String(connect(start(common)).readToEnd(), UTF_8));
        assertEquals("ab", new String(connect(start(longer)).readToEnd(), UTF_8));
    }

    @Test
    void impossibleStepsAreRefused() {
        Script script = script();
        assertThrows(IllegalArgumentException.class, () -> script.readExactly(0));
        assertThrows(IllegalArgumentException.class, () -> script.readUntil(""));
        assertThrows(IllegalArgumentException.class, () -> script.garbage(-1));
        assertThrows(IllegalArgumentException.class, () -> script.cutAfter(-1));
        assertThrows(IllegalArgumentException.class, () -> script.receiveBuffer(0));
        assertThrows(IllegalArgumentException.class, () -> script.pause(Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, script::repeat);
        assertThrows(IllegalArgumentException.class, () -> script.stall().repeat(0));
        assertThrows(IllegalArgumentException.class, () -> script.run(script.then(script)));
    }

    private FaultServer start(Script script) {
        FaultServer server = FaultServer.start(script);
        open.push(server);
        return server;
    }

    private Client connect(FaultServer server) throws IOException {
        Client client = new Client(server.address());
        open.push(client);
        return client;
    }

    private static void assertNothingArrives(Client client) throws IOException {
        client.socket.setSoTimeout(GLIMPSE_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> client.read(1));
        assertFalse(client.socket.isClosed());
    }

    private static long writeUntilFull(SocketChannel channel) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(64 << 10);
        long sent = 0;
        int count;
        do {
            count = channel.write(block.clear());
            sent += count;
        } while (count > 0 && sent < 64 << 20);
        return sent;
    }
}
