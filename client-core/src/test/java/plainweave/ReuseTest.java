package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.codec.Opening;
import plainweave.connection.StaleConnection;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** When a connection serves again, and when it must not. */
class ReuseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Script ECHO_LINES = FaultServer.script()
            .readLine()
            .replyWith(line -> (new String(line, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8))
            .repeat();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    @Test
    void oneConnectionServesManyCalls() {
        try (EchoServer server = EchoServer.start()) {
            Remote<String, String> echo =
                    atRest.client().remote(Endpoint.of("localhost", server.port()), Codecs.lines());
            for (int i = 0; i < 100; i++) {
                assertThat(echo.call("line " + i)).isEqualTo("line " + i);
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(atRest.reports.exchanges).hasSize(100);
            assertThat(atRest.reports.exchanges.getFirst().progress().reused()).isFalse();
            assertThat(atRest.reports.exchanges.getLast().progress().reused()).isTrue();
        }
    }

    @Test
    void aThousandCallersShareAsManyConnectionsAsThereArePermits() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(8));
            Remote<String, String> echo = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            List<Callers.InFlight<Integer>> callers = new ArrayList<>();
            for (int c = 0; c < 1_000; c++) {
                int caller = c;
                callers.add(Callers.onVirtualThread(() -> {
                    int right = 0;
                    for (int i = 0; i < 20; i++) {
                        String line = "caller " + caller + " line " + i;
                        right += echo.call(line).equals(line) ? 1 : 0;
                    }
                    return right;
                }));
            }
            for (Callers.InFlight<Integer> caller : callers) {
                assertThat(caller.await()).isEqualTo(20);
            }
            assertThat(server.connections()).isLessThanOrEqualTo(8);
            assertThat(client.stats().maxPermitsOut()).isEqualTo(8);
        }
    }

    @Test
    void platformThreadsCallToo() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(2));
            Remote<String, String> echo = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            List<Callers.InFlight<String>> callers = new ArrayList<>();
            for (int c = 0; c < 20; c++) {
                String line = "caller " + c;
                callers.add(Callers.onPlatformThread(() -> echo.call(line)));
            }
            for (int c = 0; c < 20; c++) {
                assertThat(callers.get(c).await()).isEqualTo("caller " + c);
            }
            assertThat(server.connections()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aLateReplyNeverReachesTheNextCaller() throws Exception {
        FaultServer.Gate late = FaultServer.gate();
        Script first = FaultServer.script().readLine().await(late).reply("late\n");
        try (FaultServer server = FaultServer.start(first.then(ECHO_LINES))) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            assertThatThrownBy(() -> remote.within(Duration.ofMillis(100)).call("impatient"))
                    .isInstanceOf(DeadlineExceededException.class);
            late.open();
            for (int i = 0; i < 1_000; i++) {
                assertThat(remote.call("next " + i)).isEqualTo("next " + i);
            }
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void bytesBehindTheReplyDisqualifyTheConnection() {
        Script talkative =
                FaultServer.script().readLine().reply("ok\nand more\n").stall();
        try (FaultServer server = FaultServer.start(talkative.then(ECHO_LINES))) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            assertThat(remote.call("one")).isEqualTo("ok");
            assertThat(remote.call("two")).isEqualTo("two");
        }
    }

    /** Nothing is left over in the reader then, and whoever is handed the connection at once makes no probe. */
    @Test
    void bytesBehindAReplyThatEndsWithTheReadWindowNeverReachTheNextCaller() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        String exactly512 = "x".repeat(511) + "\n";
        Script talkative = FaultServer.script()
                .readLine()
                .await(answer)
                .reply(exactly512 + "another's\n")
                .stall();
        try (FaultServer server = FaultServer.start(talkative.then(ECHO_LINES))) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> first = Callers.onVirtualThread(() -> remote.call("one"));
            server.awaitRequests(1, PATIENCE);
            Callers.InFlight<String> second = Callers.onVirtualThread(() -> remote.call("two"));
            Callers.until("the second waits", () -> client.stats().waiting() == 1);
            answer.open();
            assertThat(first.await()).hasSize(511);
            assertThat(second.await()).isEqualTo("two");
        }
    }

    @Test
    void bytesNobodyAskedForDisqualifyAnIdleConnection() throws Exception {
        FaultServer.Gate said = FaultServer.gate();
        FaultServer.Gate say = FaultServer.gate();
        Script pushy = FaultServer.script()
                .readLine()
                .reply("ok\n")
                .await(say)
                .reply("pushed\n")
                .open(said)
                .stall();
        try (FaultServer server = FaultServer.start(pushy.then(ECHO_LINES))) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            assertThat(remote.call("one")).isEqualTo("ok");
            say.open();
            said.await(PATIENCE);
            Callers.untilIdleIsProbed();
            assertThat(remote.call("two")).isEqualTo("two");
            assertThat(atRest.reports.closed)
                    .singleElement()
                    .satisfies(closed -> assertThat(closed.reason()).isEqualTo(Reason.STALE));
        }
    }

    @Test
    void anIdleConnectionThePeerResetOrHalfClosedIsReplacedUnseen() throws Exception {
        FaultServer.Gate gone = FaultServer.gate();
        for (Script leaving : List.of(
                FaultServer.script().reset(),
                FaultServer.script().halfClose().open(gone).stall())) {
            FaultServer.Gate idle = FaultServer.gate();
            Script answered = FaultServer.script().readLine().reply("ok\n").await(idle);
            try (FaultServer server = FaultServer.start(answered.run(leaving).then(ECHO_LINES))) {
                Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
                assertThat(remote.call("one")).isEqualTo("ok");
                idle.open();
                Callers.until("it left", () -> gone.isOpen() || server.open() == 0);
                Callers.untilIdleIsProbed();
                assertThat(remote.call("two")).isEqualTo("two");
                assertThat(server.requests()).isEqualTo(2);
            }
        }
    }

    @Test
    void anIdleConnectionThePeerClosedIsReplacedUnseen() throws Exception {
        Script polite = FaultServer.script().readLine().reply("bye\n").close();
        try (FaultServer server = FaultServer.start(polite.then(ECHO_LINES))) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            assertThat(remote.call("one")).isEqualTo("bye");
            server.awaitOpen(0, PATIENCE);
            Callers.untilIdleIsProbed();
            assertThat(remote.call("two")).isEqualTo("two");
            assertThat(server.requests()).isEqualTo(2);
        }
    }

    @Test
    void aRequestTheDyingPeerMayHaveSeenIsNotRepeated() throws Exception {
        Script dying = FaultServer.script().readLine().reply("ok\n").readLine().close();
        try (FaultServer server = FaultServer.start(dying.then(ECHO_LINES))) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            assertThat(remote.call("one")).isEqualTo("ok");
            assertThatThrownBy(() -> remote.call("two")).isInstanceOfSatisfying(ConnectionLostException.class, lost -> {
                assertThat(lost.sent()).isTrue();
                assertThat(lost.phase()).isEqualTo(Phase.READ);
            });
            assertThat(server.requests()).isEqualTo(2);
        }
    }

    @Test
    void aRepeatableRequestGoesOnceMoreOnANewConnection() throws Exception {
        Script dying = FaultServer.script().readLine().reply("ok\n").readLine().close();
        try (FaultServer server = FaultServer.start(dying.then(ECHO_LINES))) {
            Remote<String, String> remote = atRest.client().remote(at(server), new RepeatableLines());
            assertThat(remote.call("one")).isEqualTo("ok");
            assertThat(remote.call("two")).isEqualTo("two");
            assertThat(server.requests()).isEqualTo(3);
            assertThat(atRest.reports.exchanges.getLast().progress().attempts()).isEqualTo(2);
        }
    }

    @Test
    void aRepeatableRequestIsRepeatedOnlyOnce() {
        Script dying = FaultServer.script().readLine().reply("ok\n").readLine().close();
        Script dead = FaultServer.script().readLine().close();
        try (FaultServer server = FaultServer.start(dying.then(dead))) {
            Remote<String, String> remote = atRest.client().remote(at(server), new RepeatableLines());
            assertThat(remote.call("one")).isEqualTo("ok");
            assertThatThrownBy(() -> remote.call("two"))
                    .isInstanceOf(ConnectionLostException.class)
                    .satisfies(lost -> assertThat(lost.getSuppressed())
                            .as("how the kept connection was lost")
                            .singleElement()
                            .isInstanceOf(StaleConnection.class));
            assertThat(server.requests()).isEqualTo(3);
        }
    }

    @Test
    void theConnectionPutBackLastServesNext() throws Exception {
        try (TwoIdle two = new TwoIdle(echo("older "), echo("younger "))) {
            Remote<String, String> remote = atRest.client().remote(at(two.server), Codecs.lines());
            two.putBack(remote, two.younger, two.older);
            for (int i = 0; i < 5; i++) {
                assertThat(remote.call("x")).isEqualTo("older x");
            }
        }
    }

    @Test
    void aRequestIsRepeatedOnANewConnectionAlthoughAYoungerOneIsIdle() throws Exception {
        Script dying = FaultServer.script().readLine().close();
        try (TwoIdle two = new TwoIdle(dying, echo("younger "))) {
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(at(two.server), new RepeatableLines());
            two.putBack(remote, two.younger, two.older);
            assertThat(remote.call("x")).isEqualTo("new x");
            assertThat(client.stats().connectionsIdle()).isEqualTo(2);
        }
    }

    @Test
    void idleConnectionsAsOldAsOneThatTurnsOutDeadAreClosed() throws Exception {
        Script dying = FaultServer.script().readLine().close();
        try (TwoIdle two = new TwoIdle(echo("older "), dying)) {
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(at(two.server), new RepeatableLines());
            two.putBack(remote, two.older, two.younger);
            assertThat(remote.call("x")).isEqualTo("new x");
            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
            assertThat(atRest.reports.closed)
                    .extracting(closed -> closed.reason())
                    .containsExactlyInAnyOrder(Reason.NOT_KEPT, Reason.STALE);
        }
    }

    private static Script echo(String before) {
        return FaultServer.script()
                .readLine()
                .replyWith(line ->
                        (before + new String(line, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8))
                .repeat();
    }

    /** An older and a younger connection, idle in the order in which they were put back, and what they do then; others echo. */
    private static final class TwoIdle implements AutoCloseable {
        final FaultServer.Gate older = FaultServer.gate();
        final FaultServer.Gate younger = FaultServer.gate();
        final FaultServer server;

        TwoIdle(Script thenOlder, Script thenYounger) {
            Script first = FaultServer.script().readLine().await(older).reply("\n");
            Script second = FaultServer.script().readLine().await(younger).reply("\n");
            server = FaultServer.start(
                    first.run(thenOlder).then(second.run(thenYounger)).then(echo("new ")));
        }

        void putBack(Remote<String, String> remote, FaultServer.Gate... order) throws Exception {
            Map<FaultServer.Gate, Callers.InFlight<String>> calls = new java.util.HashMap<>();
            for (FaultServer.Gate gate : List.of(older, younger)) {
                calls.put(gate, Callers.onVirtualThread(() -> remote.call("x")));
                server.awaitRequests(calls.size(), PATIENCE);
            }
            for (FaultServer.Gate gate : order) {
                gate.open();
                calls.get(gate).await();
            }
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Test
    void aReplyTheCodecDoesNotWantReusedEndsTheConnection() {
        Codec<String, String> closing = new LinesCodec() {
            @Override
            public boolean reusable(String request, String reply) {
                return !reply.equals("close");
            }
        };
        try (FaultServer server = FaultServer.start(ECHO_LINES)) {
            Remote<String, String> remote = atRest.client().remote(at(server), closing);
            remote.call("keep");
            remote.call("close");
            remote.call("keep");
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void anEarlyRefusalIsReadAlthoughTheWriteFailed() {
        Script refusing =
                FaultServer.script().readExactly(1).reply(new byte[] {7}).close();
        try (FaultServer server = FaultServer.start(refusing)) {
            Client client = atRest.client(
                    ClientOptions.builder().maxFrame(64 << 20).permitsTotal(8).permitsPerEndpoint(8));
            Remote<byte[], Integer> remote = client.remote(at(server), new Codec<byte[], Integer>() {
                @Override
                public void write(byte[] request, ByteWriter out) throws IOException {
                    out.write(request);
                }

                @Override
                public Integer read(byte[] request, ByteReader in) throws IOException {
                    return in.readUnsignedByte();
                }
            });
            assertThat(remote.call(new byte[32 << 20])).isEqualTo(7);
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void aLoginRunsOncePerConnectionAndSessionsNeverMix() {
        AtomicInteger logins = new AtomicInteger();
        Script greeting = FaultServer.script().readLine().reply("welcome\n");
        Script session = greeting.run(ECHO_LINES);
        try (FaultServer server = FaultServer.start(session)) {
            Client client = atRest.client();
            Remote<String, String> alice = client.remote(at(server), new UserLines("alice", logins));
            Remote<String, String> bob = client.remote(at(server), new UserLines("bob", logins));
            Remote<String, String> aliceAgain = client.remote(at(server), new UserLines("alice", logins));
            for (int i = 0; i < 5; i++) {
                assertThat(alice.call("a" + i)).isEqualTo("alice:a" + i);
                assertThat(bob.call("b" + i)).isEqualTo("bob:b" + i);
                assertThat(aliceAgain.call("c" + i)).isEqualTo("alice:c" + i);
            }
            assertThat(logins).hasValue(2);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void atTheBoundAnotherSessionsIdleConnectionMakesRoom() {
        AtomicInteger logins = new AtomicInteger();
        Script session = FaultServer.script().readLine().reply("welcome\n").run(ECHO_LINES);
        try (FaultServer server = FaultServer.start(session)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            client.remote(at(server), new UserLines("alice", logins)).call("x");
            client.remote(at(server), new UserLines("bob", logins)).call("x");
            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
            assertThat(atRest.reports.closed)
                    .singleElement()
                    .satisfies(closed -> assertThat(closed.reason()).isEqualTo(Reason.SURPLUS));
        }
    }

    @Test
    void aCodecWithConnectionStateNeedsASession() {
        Codec<String, String> stateful = new LinesCodec() {
            @Override
            public Codec<String, String> open(Opening on) {
                return Codecs.lines();
            }
        };
        try (FaultServer server = FaultServer.start(ECHO_LINES)) {
            Remote<String, String> remote = atRest.client().remote(at(server), stateful);
            assertThatThrownBy(() -> remote.call("x"))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("session()");
        }
    }

    @Test
    void noMoreAreKeptIdleThanMaxIdleAndTheLongestIdleGoesFirst() {
        try (FaultServer one = FaultServer.start(ECHO_LINES);
                FaultServer two = FaultServer.start(ECHO_LINES);
                FaultServer three = FaultServer.start(ECHO_LINES)) {
            Client client = atRest.client(ClientOptions.builder().maxIdle(2));
            Remote<String, String> first = client.remote(at(one), Codecs.lines());
            first.call("x");
            first.at(at(two)).call("x");
            first.at(at(three)).call("x");
            assertThat(client.stats().connectionsIdle()).isEqualTo(2);
            assertThat(atRest.reports.closed).singleElement().satisfies(closed -> {
                assertThat(closed.endpoint()).isEqualTo(at(one));
                assertThat(closed.reason()).isEqualTo(Reason.SURPLUS);
            });
        }
    }

    @Test
    void aClientThatKeepsNoneDialsForEachCallHoweverManyCall() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(32).maxIdle(0));
            Remote<String, String> echo = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            List<Callers.InFlight<String>> callers = new ArrayList<>();
            for (int c = 0; c < 32; c++) {
                callers.add(Callers.onVirtualThread(() -> {
                    for (int i = 0; i < 30; i++) {
                        echo.call("x");
                    }
                    return echo.call("last");
                }));
            }
            for (Callers.InFlight<String> caller : callers) {
                assertThat(caller.await()).isEqualTo("last");
            }
            assertThat(client.stats().connectionsOpened()).isEqualTo(32 * 31);
            assertThat(atRest.reports.closed)
                    .extracting(ConnectionClosed::reason)
                    .containsOnly(Reason.SURPLUS);
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterTheIdleTimeout() throws Exception {
        try (FaultServer server = FaultServer.start(ECHO_LINES)) {
            Client client = atRest.client(ClientOptions.builder().idleTimeout(Duration.ofMillis(80)));
            client.remote(at(server), Codecs.lines()).call("x");
            Callers.until("the idle connection is closed", () -> client.stats().connectionsIdle() == 0);
            server.awaitOpen(0, PATIENCE);
            Callers.until("the close is reported", () -> !atRest.reports.closed.isEmpty());
            assertThat(atRest.reports.closed)
                    .singleElement()
                    .satisfies(closed -> assertThat(closed.reason()).isEqualTo(Reason.IDLE));
        }
    }

    @Test
    void aConnectionUnderLoadIsRetiredAtItsLifetime() {
        try (FaultServer server = FaultServer.start(ECHO_LINES)) {
            Client client = atRest.client(ClientOptions.builder().maxLifetime(Duration.ofMillis(50)));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.until("the third connection", () -> {
                remote.call("x");
                return server.connections() >= 3;
            });
            assertThat(atRest.reports.closed)
                    .allSatisfy(closed -> assertThat(closed.reason()).isEqualTo(Reason.LIFETIME));
        }
    }

    @Test
    void aHeadStartLetsTheUrgentGoFirst() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        List<String> order = new java.util.concurrent.CopyOnWriteArrayList<>();
        Script script = FaultServer.script()
                .readLine()
                .replyWith(line -> {
                    order.add(new String(line, StandardCharsets.UTF_8));
                    return new byte[0];
                })
                .await(answer)
                .reply("ok\n")
                .repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            List<Callers.InFlight<String>> callers = new ArrayList<>();
            callers.add(Callers.onVirtualThread(() -> remote.call("first")));
            server.awaitRequests(1, PATIENCE);
            Map<String, plainweave.call.Priority> later = new java.util.LinkedHashMap<>();
            later.put("background", plainweave.call.Priority.BACKGROUND);
            later.put("normal", plainweave.call.Priority.NORMAL);
            later.put("urgent", plainweave.call.Priority.URGENT);
            later.forEach((name, priority) -> {
                int before = client.stats().waiting();
                callers.add(Callers.onVirtualThread(() -> remote.with(priority).call(name)));
                Callers.until(name + " waits", () -> client.stats().waiting() == before + 1);
            });
            answer.open();
            for (Callers.InFlight<String> caller : callers) {
                assertThat(caller.await()).isEqualTo("ok");
            }
            assertThat(order).containsExactly("first", "urgent", "normal", "background");
        }
    }

    @Test
    void anObserverThatThrowsHurtsNobody() {
        try (FaultServer server = FaultServer.start(ECHO_LINES)) {
            Client client = atRest.client(ClientOptions.builder().observer(new plainweave.observe.Observer() {
                @Override
                public void exchanged(plainweave.observe.ExchangeReport report) {
                    throw new IllegalStateException("observer");
                }
            }));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            assertThat(remote.call("a")).isEqualTo("a");
            assertThat(remote.call("b")).isEqualTo("b");
            assertThat(atRest.reports.exchanges).hasSize(2);
        }
    }

    @Test
    void untilBoundsEveryCallMadeWithIt() {
        try (FaultServer server = FaultServer.start(ECHO_LINES)) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            assertThat(remote.until(plainweave.call.Deadline.after(PATIENCE)).call("x"))
                    .isEqualTo("x");
            assertThatThrownBy(() -> remote.until(plainweave.call.Deadline.at(System.nanoTime() - 1))
                            .call("y"))
                    .isInstanceOf(CallException.class)
                    .isInstanceOf(DeadlineExceededException.class);
        }
    }

    private static final class RepeatableLines implements LinesCodec {
        @Override
        public boolean repeatable(String request) {
            return true;
        }
    }

    /** Logs in, and returns a codec that remembers as whom. */
    private static final class UserLines implements LinesCodec {
        private final String user;
        private final AtomicInteger logins;

        UserLines(String user, AtomicInteger logins) {
            this.user = user;
            this.logins = logins;
        }

        @Override
        public Codec<String, String> open(Opening on) throws IOException {
            Codecs.lines().write("LOGIN " + user, on.out());
            on.out().flush();
            Codecs.lines().read("", on.in());
            logins.incrementAndGet();
            return new LinesCodec() {
                @Override
                public String read(String request, ByteReader in) throws IOException {
                    return user + ":" + LinesCodec.super.read(request, in);
                }
            };
        }

        @Override
        public Object session() {
            return user;
        }
    }
}
