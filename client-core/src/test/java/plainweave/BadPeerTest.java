package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.RejectedException;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.Opening;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Each way a peer can be bad ends by the deadline in its own failure, which names endpoint, phase and value. */
class BadPeerTest {
    private static final Duration SOON = Duration.ofMillis(150);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static <T extends CallException> T failureOf(Class<T> kind, Remote<String, String> remote) {
        T failure = catchThrowableOfType(kind, () -> remote.call("secret-request"));
        assertThat(failure).as("a failure of kind %s", kind.getSimpleName()).isNotNull();
        assertThat(failure).hasMessageContaining(remote.endpoint().toString());
        assertThat(failure).hasMessageContaining(failure.phase().toString());
        assertThat(failure)
                .hasMessageContaining("permits")
                .hasMessageContaining("queue")
                .hasMessageContaining("open");
        assertThat(failure.getMessage()).doesNotContain("secret-request");
        assertThat(failure.endpoint()).isEqualTo(remote.endpoint());
        return failure;
    }

    private Remote<String, String> lines(Client client, FaultServer server) {
        return client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
    }

    @Test
    void aHostThatDoesNotResolveIsUnreachableInDns() {
        Client client = atRest.client(ClientOptions.builder().dns(Dns.fixed(Map.of())));
        Remote<String, String> remote = client.remote(Endpoint.of("nowhere.test", 7), Codecs.lines());
        UnreachableException failure = failureOf(UnreachableException.class, remote);
        assertThat(failure.phase()).isEqualTo(Phase.DNS);
        assertThat(failure.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.target()).isEqualTo("nowhere.test");
            assertThat(attempt.phase()).isEqualTo(Phase.DNS);
        });
        assertThat(failure.sent()).isFalse();
    }

    @Test
    void aRefusedPortIsUnreachableInConnectWithEveryAddressListed() throws Exception {
        try (DeadPort port = FaultServer.refusing()) {
            InetAddress loopback = InetAddress.getLoopbackAddress();
            Dns dns = Dns.fixed(Map.of("two.test", List.of(loopback, InetAddress.getByName("127.0.0.2"))));
            Client client = atRest.client(ClientOptions.builder().dns(dns));
            UnreachableException failure = failureOf(
                    UnreachableException.class, client.remote(Endpoint.of("two.test", port.port()), Codecs.lines()));
            assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            assertThat(failure.attempts()).hasSize(2);
            assertThat(failure).hasMessageContaining("127.0.0.2:" + port.port()).hasMessageContaining("refused");
            assertThat(failure.sent()).isFalse();
        }
    }

    @Test
    void aSecondAddressServesWhereTheFirstRefuses() throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().reply("ok\n").repeat())) {
            Dns dns = Dns.fixed(Map.of(
                    "two.test", List.of(InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1"))));
            Client client = atRest.client(ClientOptions.builder().dns(dns));
            assertThat(client.remote(Endpoint.of("two.test", server.port()), Codecs.lines())
                            .call("x"))
                    .isEqualTo("ok");
        }
    }

    @Test
    void aConnectThatHangsEndsWithTheConnectLimit() {
        try (DeadPort hole = FaultServer.blackhole()) {
            Client client = atRest.client(ClientOptions.builder().connectTimeout(SOON));
            UnreachableException failure = failureOf(
                    UnreachableException.class, client.remote(Endpoint.of(hole.host(), hole.port()), Codecs.lines()));
            assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            assertThat(failure).hasMessageContaining("connectTimeout 150 ms");
        }
    }

    @Test
    void aConnectThatHangsEndsWithTheCallsDeadlineIfThatIsEarlier() {
        try (DeadPort hole = FaultServer.blackhole()) {
            Client client = atRest.client();
            DeadlineExceededException failure = failureOf(
                    DeadlineExceededException.class,
                    client.remote(Endpoint.of(hole.host(), hole.port()), Codecs.lines())
                            .within(SOON));
            assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            assertThat(failure.progress().nanos(Phase.CONNECT)).isPositive();
            assertThat(failure.progress().totalNanos()).isGreaterThanOrEqualTo(SOON.toNanos());
            assertThat(failure).hasMessageContaining("OPEN, WRITE, READ not reached");
        }
    }

    @Test
    void aPeerThatClosesAtOnceIsLost() {
        try (FaultServer server = FaultServer.start(FaultServer.script().close())) {
            ConnectionLostException failure = failureOf(ConnectionLostException.class, lines(atRest.client(), server));
            assertThat(failure.phase()).isIn(Phase.WRITE, Phase.READ);
        }
    }

    @Test
    void aPeerThatResetsInMidReplyIsLost() {
        Script script = FaultServer.script().readLine().reply("half a li").reset();
        try (FaultServer server = FaultServer.start(script)) {
            ConnectionLostException failure = failureOf(ConnectionLostException.class, lines(atRest.client(), server));
            assertThat(failure.phase()).isEqualTo(Phase.READ);
            assertThat(failure.sent()).isTrue();
        }
    }

    @Test
    void aPeerThatNeverAnswersEndsByTheDeadlineInRead() {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            DeadlineExceededException failure = failureOf(
                    DeadlineExceededException.class,
                    lines(atRest.client(), server).within(SOON));
            assertThat(failure.phase()).isEqualTo(Phase.READ);
            assertThat(failure.sent()).isTrue();
            assertThat(failure).hasMessageContaining("in READ");
        }
    }

    @Test
    void aPeerThatDripsAByteASecondEndsByTheDeadlineInRead() {
        Script script = FaultServer.script().readLine().drip("never ending", Duration.ofSeconds(1));
        try (FaultServer server = FaultServer.start(script)) {
            DeadlineExceededException failure = failureOf(
                    DeadlineExceededException.class,
                    lines(atRest.client(), server).within(SOON));
            assertThat(failure.phase()).isEqualTo(Phase.READ);
        }
    }

    @Test
    void aPeerThatNeverReadsEndsByTheDeadlineInWrite() {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(
                    ClientOptions.builder().maxFrame(64 << 20).permitsTotal(8).permitsPerEndpoint(8));
            Remote<byte[], byte[]> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), Codecs.fixed(32 << 20));
            DeadlineExceededException failure = catchThrowableOfType(
                    DeadlineExceededException.class, () -> remote.within(SOON).call(new byte[32 << 20]));
            assertThat(failure.phase()).isEqualTo(Phase.WRITE);
            assertThat(failure.sent()).isTrue();
        }
    }

    @Test
    void anOverlongLineIsTheCodecsFailureAndNamesBothNumbers() {
        Script script =
                FaultServer.script().readLine().reply("x".repeat(2_000) + "\n").stall();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(ClientOptions.builder().maxFrame(1_000));
            CodecException failure = failureOf(CodecException.class, lines(client, server));
            assertThat(failure.phase()).isEqualTo(Phase.READ);
            assertThat(failure).hasMessageContaining("maxFrame 1000");
        }
    }

    @Test
    void aRefusedLoginIsUnreachableInOpenAndTellsNoSecret() {
        Codec<String, String> login = new LoginLines("hunter2");
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().reply("denied\n").stall())) {
            Client client = atRest.client();
            UnreachableException failure = failureOf(
                    UnreachableException.class, client.remote(Endpoint.of(server.host(), server.port()), login));
            assertThat(failure.phase()).isEqualTo(Phase.OPEN);
            assertThat(failure).hasMessageContaining("login refused: denied");
            assertThat(failure.getCause())
                    .as("what the codec threw")
                    .isSameAs(failure.attempts().getLast().cause())
                    .hasMessageContaining("login refused: denied")
                    .isExactlyInstanceOf(IOException.class);
            assertThat(failure.getMessage()).doesNotContain("hunter2");
            assertThat(failure.sent()).isFalse();
        }
    }

    @Test
    void aLoginThatHangsEndsWithTheConnectLimit() {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client(ClientOptions.builder().connectTimeout(SOON));
            UnreachableException failure = failureOf(
                    UnreachableException.class,
                    client.remote(Endpoint.of(server.host(), server.port()), new LoginLines("x")));
            assertThat(failure.phase()).isEqualTo(Phase.OPEN);
        }
    }

    @Test
    void aLoginThatIsOverJustAfterTheDeadlineWasTooSlow() {
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().reply("welcome\n").stall())) {
            Codec<String, String> slow = new LoginLines("x") {
                @Override
                public Codec<String, String> open(Opening on) throws IOException {
                    super.open(on);
                    Callers.until("the deadline has cut the connection", () -> server.open() == 0);
                    return this;
                }
            };
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), slow);
            DeadlineExceededException failure = failureOf(DeadlineExceededException.class, remote.within(SOON));
            assertThat(failure.phase()).isEqualTo(Phase.OPEN);
        }
    }

    @Test
    void aCodecThatThrowsIsTheCodecsFailureAndNothingIsSent() {
        Codec<String, String> broken = new LoginLines("x") {
            @Override
            public Codec<String, String> open(Opening on) {
                return this;
            }

            @Override
            public void write(String request, ByteWriter out) {
                throw new IllegalStateException("cannot say that");
            }
        };
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            CodecException failure =
                    failureOf(CodecException.class, client.remote(Endpoint.of(server.host(), server.port()), broken));
            assertThat(failure.phase()).isEqualTo(Phase.WRITE);
            assertThat(failure.sent()).isFalse();
            assertThat(failure).hasMessageContaining("cannot say that");
            assertThat(failure).hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anErrorOfACodecPassesAndLeavesNothingBehind() {
        Codec<String, String> broken = new LoginLines("x") {
            @Override
            public Codec<String, String> open(Opening on) {
                return this;
            }

            @Override
            public String read(String request, ByteReader in) {
                throw new StackOverflowError("deep");
            }
        };
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), broken);
            assertThat(catchThrowableOfType(StackOverflowError.class, () -> remote.call("x")))
                    .isNotNull();
            assertThat(atRest.reports.exchanges)
                    .singleElement()
                    .satisfies(report -> assertThat(report.failure()).isPresent());
        }
    }

    @Test
    void whoFindsTheQueueFullIsRejectedAtOnce() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script script =
                FaultServer.script().readLine().await(answer).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(1).queuePerEndpoint(1));
            Remote<String, String> remote = lines(client, server);
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("served"));
            server.awaitRequests(1, Duration.ofSeconds(10));
            Callers.InFlight<String> waiting = Callers.onVirtualThread(() -> remote.call("waiting"));
            Callers.until("one waits", () -> client.stats().waiting() == 1);
            RejectedException failure = failureOf(RejectedException.class, remote);
            assertThat(failure.phase()).isEqualTo(Phase.QUEUE);
            assertThat(failure).hasMessageContaining("queuePerEndpoint is 1");
            assertThat(atRest.reports.shed).hasSize(1);
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
            assertThat(waiting.await()).isEqualTo("ok");
        }
    }

    @Test
    void whoWaitsTooLongForAPermitEndsByTheDeadlineInQueue() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script script =
                FaultServer.script().readLine().await(answer).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = lines(client, server);
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("served"));
            server.awaitRequests(1, Duration.ofSeconds(10));
            DeadlineExceededException failure = failureOf(DeadlineExceededException.class, remote.within(SOON));
            assertThat(failure.phase()).isEqualTo(Phase.QUEUE);
            assertThat(failure)
                    .hasMessageContaining("permits 1/1 out")
                    .hasMessageContaining("in QUEUE behind 0 others");
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
        }
    }
}
