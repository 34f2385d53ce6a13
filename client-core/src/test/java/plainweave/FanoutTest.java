package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.LinesCodec;
import plainweave.observe.ExchangeReport;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Several calls at once: their order, their one deadline, and that nothing outlives them. */
class FanoutTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Script ECHO = FaultServer.script()
            .readLine()
            .replyWith(line -> (new String(line, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8))
            .repeat();
    private static final Script SILENT = FaultServer.script().readLine().stall();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final WatchedLines lines = new WatchedLines();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private Remote<String, String> remote(Client client, FaultServer server) {
        return client.remote(at(server), lines);
    }

    private static <T> Callers.InFlight<T> on(boolean virtual, Callable<T> job) {
        return virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
    }

    /** As a user reads it. */
    private static String told(Outcome<String> outcome) {
        return switch (outcome) {
            case Done<String>(String reply) -> reply;
            case Failed<String>(CallException failure) -> failure.getClass().getSimpleName();
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void outcomesComeInTheOrderOfAddWhicheverCameFirst(boolean virtual) throws Exception {
        List<FaultServer.Gate> gates = List.of(FaultServer.gate(), FaultServer.gate(), FaultServer.gate());
        Script slow = FaultServer.script().readLine();
        try (FaultServer first = FaultServer.start(slow.await(gates.get(0)).reply("first\n"));
                FaultServer second = FaultServer.start(slow.await(gates.get(1)).reset());
                FaultServer third = FaultServer.start(slow.await(gates.get(2)).reply("third\n"))) {
            Client client = atRest.client();
            Callers.InFlight<List<String>> told = on(virtual, () -> {
                try (Fanout<String> fan = client.fanout(LONG)) {
                    for (FaultServer server : List.of(first, second, third)) {
                        fan.add(remote(client, server), "x");
                    }
                    return fan.join().stream().map(FanoutTest::told).toList();
                }
            });
            for (FaultServer server : List.of(first, second, third)) {
                server.awaitRequests(1, PATIENCE);
            }
            for (int i = 2; i >= 0; i--) {
                int over = 3 - i;
                gates.get(i).open();
                Callers.until("it is over", () -> atRest.reports.exchanges.size() == over);
            }
            assertThat(told.await()).containsExactly("first", "ConnectionLostException", "third");
            lines.assertAllEnded();
        }
    }

    @Test
    void eachCallRunsAtOnceOnAVirtualThreadOfItsOwn() throws Exception {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            try (Fanout<String> fan = client.fanout(LONG)) {
                for (int i = 1; i <= 10; i++) {
                    fan.add(remote(client, server), "x");
                    server.awaitRequests(i, PATIENCE);
                }
                assertThat(lines.threads()).isEqualTo(10);
            }
            lines.assertAllEnded();
        }
    }

    @Test
    void theOneDeadlineCountsFromCreationWhateverTheRemotesOwnIs() throws Exception {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            Remote<String, String> patient = remote(client, server).within(LONG);
            try (Fanout<String> fan = client.fanout(Duration.ofMillis(200))) {
                fan.add(patient, "in time");
                Callers.until("it was too slow", () -> atRest.reports.exchanges.size() == 1);
                fan.add(patient, "after the deadline");
                assertThat(fan.join())
                        .allSatisfy(outcome -> assertThat(outcome)
                                .isInstanceOfSatisfying(
                                        Failed.class,
                                        failed -> assertThat(failed.failure())
                                                .isInstanceOf(DeadlineExceededException.class)))
                        .extracting(
                                outcome -> ((Failed<String>) outcome).failure().phase())
                        .containsExactly(Phase.READ, Phase.QUEUE);
            }
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void eachCallKeepsTheRemotesPriority() {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            try (Fanout<String> fan = client.fanout(LONG)) {
                fan.add(remote(client, server).with(Priority.URGENT), "x");
                fan.add(remote(client, server).with(Priority.BACKGROUND), "y");
                assertThat(fan.joinOrThrow()).containsExactly("x", "y");
            }
            assertThat(atRest.reports.exchanges)
                    .extracting(ExchangeReport::priority)
                    .containsExactlyInAnyOrder(Priority.URGENT, Priority.BACKGROUND);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyRepliesComeInTheOrderOfAdd(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(4));
            Callers.InFlight<List<String>> replies = on(virtual, () -> {
                try (Fanout<String> fan = client.fanout(LONG)) {
                    for (int i = 0; i < 200; i++) {
                        fan.add(remote(client, server), "line " + i);
                    }
                    return fan.joinOrThrow();
                }
            });
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                sent.add("line " + i);
            }
            assertThat(replies.await()).isEqualTo(sent);
        }
    }

    @Test
    void nothingAddedIsNothingJoined() {
        try (Fanout<String> fan = atRest.client().fanout(LONG)) {
            assertThat(fan.join()).isEmpty();
            assertThat(fan.joinOrThrow()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFirstFailureCancelsTheRestAndIsThrown(boolean virtual) throws Exception {
        try (FaultServer silent = FaultServer.start(SILENT);
                DeadPort dead = FaultServer.refusing()) {
            Client client = atRest.client();
            Callers.InFlight<List<String>> told = on(virtual, () -> {
                try (Fanout<String> fan = client.fanout(LONG)) {
                    fan.add(remote(client, silent), "x");
                    silent.awaitRequests(1, PATIENCE);
                    fan.add(client.remote(Endpoint.of(dead.host(), dead.port()), lines), "y");
                    UnreachableException thrown = catchThrowableOfType(UnreachableException.class, fan::joinOrThrow);
                    assertThat(thrown.endpoint().port()).isEqualTo(dead.port());
                    assertThat(thrown).hasNoSuppressedExceptions();
                    lines.assertAllEnded();
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    return fan.join().stream().map(FanoutTest::told).toList();
                }
            });
            assertThat(told.await()).containsExactly("CancelledException", "UnreachableException");
            silent.awaitOpen(0, PATIENCE);
        }
    }

    @Test
    void theFirstFailureIsTheEarliestInTime() throws Exception {
        FaultServer.Gate late = FaultServer.gate();
        Script resetting = FaultServer.script().readLine();
        try (FaultServer lateOne = FaultServer.start(resetting.await(late).reset());
                FaultServer earlyOne = FaultServer.start(resetting.reset())) {
            Client client = atRest.client();
            try (Fanout<String> fan = client.fanout(LONG)) {
                fan.add(remote(client, lateOne), "x");
                lateOne.awaitRequests(1, PATIENCE);
                fan.add(remote(client, earlyOne), "y");
                Callers.until("the later one has failed", () -> atRest.reports.exchanges.size() == 1);
                late.open();
                Callers.until("both have failed", () -> atRest.reports.exchanges.size() == 2);
                assertThatThrownBy(fan::joinOrThrow)
                        .isInstanceOfSatisfying(
                                ConnectionLostException.class,
                                lost -> assertThat(lost.endpoint()).isEqualTo(at(earlyOne)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closeCancelsWhatStillRunsAndLeavesNothing(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(2));
            Callers.InFlight<Long> permitsOut = on(virtual, () -> {
                try (Fanout<String> fan = client.fanout(LONG)) {
                    for (int i = 0; i < 20; i++) {
                        fan.add(remote(client, server), "x");
                    }
                    server.awaitRequests(2, PATIENCE);
                }
                lines.assertAllEnded();
                return (long) client.stats().permitsOut() + client.stats().waiting();
            });
            assertThat(permitsOut.await()).isZero();
            assertThat(atRest.reports.exchanges)
                    .hasSize(20)
                    .allSatisfy(report ->
                            assertThat(report.failure().orElseThrow()).isInstanceOf(CancelledException.class));
            server.awaitOpen(0, PATIENCE);
        }
    }

    @Test
    void closeWaitsForACodecThatDoesNotHeedTheInterrupt() throws Exception {
        CountDownLatch computing = new CountDownLatch(1);
        CountDownLatch computed = new CountDownLatch(1);
        LinesCodec deaf = new LinesCodec() {
            @Override
            public String read(String request, ByteReader in) {
                computing.countDown();
                Callers.until("it is computed", () -> computed.getCount() == 0);
                return "";
            }
        };
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> closed = Callers.onPlatformThread(() -> {
                try (Fanout<String> fan = client.fanout(LONG)) {
                    fan.add(client.remote(at(server), deaf), "x");
                    computing.await();
                    Thread.currentThread().interrupt();
                }
                return Thread.interrupted();
            });
            Callers.until(
                    "close waits",
                    () -> List.of(closed.thread().getStackTrace()).toString().contains("Fanout.close"));
            assertThat(closed.task().isDone()).isFalse();
            computed.countDown();
            assertThat(closed.await()).as("the interrupt flag").isTrue();
            assertThat(client.stats().permitsOut()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedJoinerCancelsAllAndKeepsItsFlag(boolean virtual) throws Exception {
        for (Function<Fanout<String>, List<?>> join :
                List.<Function<Fanout<String>, List<?>>>of(Fanout::join, Fanout::joinOrThrow)) {
            try (FaultServer server = FaultServer.start(SILENT)) {
                Client client = atRest.client();
                Callers.InFlight<Boolean> flag = on(virtual, () -> {
                    try (Fanout<String> fan = client.fanout(LONG)) {
                        fan.add(remote(client, server), "x");
                        fan.add(remote(client, server), "y");
                        assertThatThrownBy(() -> join.apply(fan))
                                .isInstanceOf(CancelledException.class)
                                .hasMessageContaining("interrupted")
                                .hasMessageContaining(at(server).toString())
                                .hasCauseInstanceOf(CancelledException.class);
                        lines.assertAllEnded();
                    }
                    return Thread.interrupted();
                });
                server.awaitRequests(2, PATIENCE);
                flag.interrupt();
                assertThat(flag.await()).as("the interrupt flag").isTrue();
                assertThat(client.stats().permitsOut()).isZero();
                server.awaitOpen(0, PATIENCE);
            }
        }
    }

    @Test
    void anInterruptWhenAllIsOverCostsNoOutcome() throws Exception {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> flag = Callers.onVirtualThread(() -> {
                try (Fanout<String> fan = client.fanout(LONG)) {
                    fan.add(remote(client, server), "x");
                    assertThat(fan.joinOrThrow()).containsExactly("x");
                    Thread.currentThread().interrupt();
                    assertThat(fan.joinOrThrow()).containsExactly("x");
                    assertThat(fan.join()).containsExactly(new Done<>("x"));
                }
                return Thread.interrupted();
            });
            assertThat(flag.await()).as("the interrupt flag").isTrue();
        }
    }

    @Test
    void anErrorInOneCallCancelsTheRestAndReachesTheJoiner() throws Exception {
        for (Function<Fanout<String>, List<?>> join :
                List.<Function<Fanout<String>, List<?>>>of(Fanout::join, Fanout::joinOrThrow)) {
            try (FaultServer server = FaultServer.start(SILENT)) {
                Client client = atRest.client();
                try (Fanout<String> fan = client.fanout(LONG)) {
                    fan.add(remote(client, server), "x");
                    fan.add(remote(client, server), WatchedLines.ERROR);
                    assertThatThrownBy(() -> join.apply(fan)).isInstanceOf(StackOverflowError.class);
                    lines.assertAllEnded();
                }
                server.awaitOpen(0, PATIENCE);
            }
        }
    }

    @Test
    void anErrorThatNobodyJoinedIsThrownByClose() {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            Fanout<String> fan = client.fanout(LONG);
            fan.add(remote(client, server), WatchedLines.ERROR);
            Callers.until("it is over", () -> atRest.reports.exchanges.size() == 1);
            assertThatThrownBy(fan::close).isInstanceOf(StackOverflowError.class);
            fan.close();
            lines.assertAllEnded();
        }
    }

    @Test
    void whatComesTooLateIsToldSo() {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            Fanout<String> fan = client.fanout(LONG);
            fan.add(remote(client, server), "x");
            assertThat(fan.join()).isEqualTo(fan.join()).containsExactly(new Done<>("x"));
            assertThatThrownBy(() -> fan.add(remote(client, server), "y"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("joined");
            fan.close();
            fan.close();
            assertThatThrownBy(() -> fan.add(remote(client, server), "y"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(fan::join)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(fan::joinOrThrow).isInstanceOf(IllegalStateException.class);
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void anotherThreadIsRefused() throws Exception {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            try (Fanout<String> fan = client.fanout(LONG)) {
                Callers.onVirtualThread(() -> {
                            assertThatThrownBy(() -> fan.add(remote(client, server), "x"))
                                    .isInstanceOf(WrongThreadException.class);
                            assertThatThrownBy(fan::join).isInstanceOf(WrongThreadException.class);
                            assertThatThrownBy(fan::joinOrThrow).isInstanceOf(WrongThreadException.class);
                            assertThatThrownBy(fan::close).isInstanceOf(WrongThreadException.class);
                            return true;
                        })
                        .await();
                fan.add(remote(client, server), "x");
                assertThat(fan.joinOrThrow()).containsExactly("x");
            }
        }
    }

    @Test
    void aTimeThatIsNoneIsRefused() {
        Client client = atRest.client();
        assertThatThrownBy(() -> client.fanout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("within PT0S is not positive");
    }
}
