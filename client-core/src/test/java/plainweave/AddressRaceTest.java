package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.Attempt;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.net.OpenSockets;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.time.Await;

/** A name whose addresses are dead for the most part: what that costs a caller, and what it is told. */
class AddressRaceTest {
    private static final Duration STAGGER = Duration.ofMillis(250);

    /** Nobody listens there. */
    private static final String REFUSING = "127.0.0.9";

    private static EchoServer live;
    private static List<DeadPort> holes;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final int socketsBefore = OpenSockets.count();

    @BeforeAll
    static void startPeers() {
        live = EchoServer.start(Thread.ofPlatform());
        holes = new ArrayList<>();
        for (int i = 2; i < 5; i++) {
            holes.add(FaultServer.blackholeAt(new InetSocketAddress("127.0.0." + i, live.port())));
        }
    }

    @AfterAll
    static void stopPeers() {
        live.close();
        holes.forEach(DeadPort::close);
    }

    @AfterEach
    void noSocketIsLeft() throws InterruptedException {
        atRest.closeAll();
        live.awaitOpen(0, Await.PATIENCE);
        OpenSockets.awaitAtMost(socketsBefore);
    }

    private static InetAddress at(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static ClientOptions.Builder options(String... addresses) {
        List<InetAddress> all =
                List.of(addresses).stream().map(AddressRaceTest::at).toList();
        Dns dns = Dns.fixed(Map.of("many.test", all, "live.test", List.of(at(live.host()))));
        return ClientOptions.builder().dns(dns);
    }

    private static Remote<String, String> many(Client client) {
        return client.remote(Endpoint.of("many.test", live.port()), Codecs.lines());
    }

    private static long nanos(Remote<String, String> remote) {
        long start = System.nanoTime();
        assertThat(remote.call("x")).isEqualTo("x");
        return System.nanoTime() - start;
    }

    @Test
    void threeDeadAddressesCostThreeStaggerTimesAndNoMore() throws Exception {
        Await.within(STAGGER.multipliedBy(3).plusMillis(100), () -> {
            Client client = atRest.client(options("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"));
            long control = nanos(client.remote(Endpoint.of("live.test", live.port()), Codecs.lines()));
            return nanos(many(client)) - control;
        });
    }

    @Test
    void theNextDialBeginsWithTheAddressThatAnswered() throws Exception {
        Await.within(Duration.ofMillis(200), () -> {
            Client client = atRest.client(
                    options("127.0.0.2", "127.0.0.3", REFUSING, "127.0.0.1").maxIdle(0));
            nanos(many(client));
            Await.until("it is not kept", () -> client.stats().connectionsClosed() == 1);
            long control = nanos(client.remote(Endpoint.of("live.test", live.port()), Codecs.lines()));
            return nanos(many(client)) - control;
        });
    }

    @Test
    void anAddressThatRefusesCostsNoStagger() throws Exception {
        Await.within(Duration.ofMillis(200), () -> {
            Client client = atRest.client(options(REFUSING, "127.0.0.10", "127.0.0.1"));
            long control = nanos(client.remote(Endpoint.of("live.test", live.port()), Codecs.lines()));
            return nanos(many(client)) - control;
        });
    }

    @Test
    void whereNoneAnswersEveryAttemptIsListedWithTimeAndCause() {
        Client client =
                atRest.client(options("127.0.0.2", REFUSING, "127.0.0.3").connectTimeout(Duration.ofMillis(600)));
        UnreachableException failure = catchThrowableOfType(
                UnreachableException.class, () -> many(client).call("x"));
        String port = ":" + live.port();
        assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
        assertThat(failure.attempts())
                .extracting(Attempt::target)
                .containsExactly("127.0.0.2" + port, REFUSING + port, "127.0.0.3" + port);
        assertThat(failure)
                .hasMessageContaining("no connection within connectTimeout 600 ms")
                .hasMessageMatching("(?s).*; 127\\.0\\.0\\.2" + port
                        + " CONNECT failed after \\d+ ms: too slow; 127\\.0\\.0\\.9"
                        + port + " CONNECT failed after [0-9.]+ [mµ]s: Connection refused[^;]*; 127\\.0\\.0\\.3" + port
                        + " CONNECT failed after [0-9.]+ ms: too slow.*");
    }

    @Test
    void aCallersOwnShortDeadlineIsNoFailureOfTheAddress() {
        Client client = atRest.client(options("127.0.0.2", "127.0.0.1"));
        for (int i = 0; i < 2; i++) {
            DeadlineExceededException failure = catchThrowableOfType(
                    DeadlineExceededException.class,
                    () -> many(client).within(Duration.ofMillis(60)).call("x"));
            assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            assertThat(failure)
                    .hasMessageMatching("(?s).* in CONNECT.*; 127\\.0\\.0\\.2:" + live.port()
                            + " CONNECT failed after [0-9.]+ ms: too slow.*");
        }
        assertThat(nanos(many(client))).as("it is still tried first").isGreaterThanOrEqualTo(STAGGER.toNanos());
    }

    @Test
    void aCallThatWasTooSlowForTheRaceIsToldOfEveryAttempt() {
        Client client = atRest.client(options("127.0.0.2", "127.0.0.3", "127.0.0.4"));
        assertThatThrownBy(() -> many(client).within(Duration.ofMillis(400)).call("x"))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageMatching("(?s).*; 127\\.0\\.0\\.2:\\d+ CONNECT failed after \\d+ ms: too slow"
                        + "; 127\\.0\\.0\\.3:\\d+ CONNECT failed after [0-9.]+ ms: too slow.*");
    }

    private record Outcome(Throwable thrown, boolean flag) {}

    private static Callers.InFlight<Outcome> calling(Client client) {
        return Callers.onVirtualThread(() -> {
            CallException thrown =
                    catchThrowableOfType(CallException.class, () -> many(client).call("x"));
            return new Outcome(thrown, Thread.currentThread().isInterrupted());
        });
    }

    @Test
    void anInterruptInMidRaceIsCancelledAndTheFlagIsKept() throws Exception {
        Client client = atRest.client(options("127.0.0.2", "127.0.0.3", "127.0.0.4"));
        List<Callers.InFlight<Outcome>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            calls.add(calling(client));
        }
        int before = socketsBefore;
        Callers.until("two addresses are tried by each", () -> OpenSockets.count() >= before + 16);
        for (Callers.InFlight<Outcome> call : calls) {
            call.interrupt();
            Outcome outcome = call.await();
            assertThat(outcome.thrown())
                    .isInstanceOfSatisfying(
                            CancelledException.class,
                            cancelled -> assertThat(cancelled.phase()).isEqualTo(Phase.CONNECT));
            assertThat(outcome.flag()).isTrue();
        }
        OpenSockets.awaitAtMost(before);
    }

    @Test
    void closingTheClientInMidRaceEndsIt() throws Exception {
        Client client = atRest.client(options("127.0.0.2", "127.0.0.3", "127.0.0.4"));
        Callers.InFlight<Outcome> call = calling(client);
        int before = socketsBefore;
        Callers.until("two addresses are tried", () -> OpenSockets.count() >= before + 2);
        client.close();
        Outcome outcome = call.await();
        assertThat(outcome.thrown()).isInstanceOf(CancelledException.class).hasMessageContaining("closed");
        assertThat(outcome.flag()).isFalse();
    }

    @Test
    void callersThatComeAndGoInMidRaceLeaveNothing() throws Exception {
        Random random = new Random(3);
        Client client = atRest.client(
                options("127.0.0.2", REFUSING, "127.0.0.3", "127.0.0.1").maxIdle(0));
        for (int round = 0; round < 4; round++) {
            List<Callers.InFlight<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                Duration patience = Duration.ofMillis(1 + random.nextInt(600));
                calls.add(Callers.onVirtualThread(() -> {
                    try {
                        return many(client).within(patience).call("x").equals("x");
                    } catch (CancelledException | DeadlineExceededException | UnreachableException e) {
                        return true;
                    }
                }));
            }
            for (Callers.InFlight<Boolean> call : calls) {
                if (random.nextInt(3) == 0) {
                    LockSupport.parkNanos(random.nextInt(2_000_000));
                    call.interrupt();
                }
            }
            for (Callers.InFlight<Boolean> call : calls) {
                assertThat(call.await()).isTrue();
            }
        }
    }
}
