package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.CancelledException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.RejectedException;
import plainweave.codec.ByteReader;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.Observer;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Interrupt and close in each phase: told as cancelled, the flag kept, nothing left behind. */
class CancelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private record Outcome(Exception thrown, boolean flag) {}

    private static <T> Callers.InFlight<T> on(boolean virtual, Callable<T> job) {
        return virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
    }

    private static <Q> Callers.InFlight<Outcome> calling(Remote<Q, ?> remote, Q request, boolean virtual) {
        return on(virtual, () -> {
            try {
                remote.call(request);
                throw new AssertionError("a reply came");
            } catch (Exception e) {
                return new Outcome(e, Thread.interrupted());
            }
        });
    }

    /** Where a thread stands says more than its state: a platform thread in a system call counts as running. */
    private static void untilItIsIn(String method, Callers.InFlight<?> call) {
        Callers.until(
                () -> "it is in " + method + ", but " + List.of(call.thread().getStackTrace()),
                () -> Stream.of(call.thread().getStackTrace())
                        .anyMatch(frame -> frame.getClassName().startsWith("plainweave.net.Transport")
                                && frame.getMethodName().equals(method)));
    }

    private static void assertCancelled(Callers.InFlight<Outcome> call, Phase phase) throws Exception {
        call.interrupt();
        Outcome outcome = call.await();
        assertThat(outcome.thrown())
                .isInstanceOfSatisfying(
                        CancelledException.class,
                        cancelled -> assertThat(cancelled.phase()).isEqualTo(phase));
        assertThat(outcome.flag()).as("the interrupt flag").isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptSetOnEntryCancelsBeforeASocketIsTouched(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            Callers.InFlight<Boolean> call = on(virtual, () -> {
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> remote.call("x")).isInstanceOf(CancelledException.class);
                return Thread.interrupted();
            });
            assertThat(call.await()).as("the interrupt flag").isTrue();
            assertThat(server.connections()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedWaitForAPermitIsCancelled(boolean virtual) throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script script =
                FaultServer.script().readLine().await(answer).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("served"));
            server.awaitRequests(1, PATIENCE);
            Callers.InFlight<Outcome> waiting = calling(remote, "x", virtual);
            Callers.until("one waits", () -> client.stats().waiting() == 1);
            assertCancelled(waiting, Phase.QUEUE);
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedLookupIsCancelledAndGoesOnForOthers(boolean virtual) throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Dns slow = host -> {
            try {
                answer.await();
            } catch (InterruptedException e) {
                throw new java.net.UnknownHostException("interrupted");
            }
            return List.of(InetAddress.getLoopbackAddress());
        };
        Script ok = FaultServer.script().readLine().reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(ok)) {
            Client client = atRest.client(ClientOptions.builder().dns(slow));
            Remote<String, String> remote = client.remote(Endpoint.of("slow.test", server.port()), Codecs.lines());
            Callers.InFlight<Outcome> first = calling(remote, "x", virtual);
            Callers.InFlight<String> second = on(virtual, () -> remote.call("y"));
            Callers.until(
                    "both wait",
                    () -> client.stats().permitsOut() == 2
                            && first.thread().getState() == Thread.State.WAITING
                            && second.thread().getState() == Thread.State.WAITING);
            assertCancelled(first, Phase.DNS);
            answer.countDown();
            assertThat(second.await()).isEqualTo("ok");
            assertThat(client.stats().dnsLookups()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedConnectIsCancelled(boolean virtual) throws Exception {
        try (DeadPort hole = FaultServer.blackhole()) {
            Endpoint endpoint = Endpoint.of(hole.host(), hole.port());
            Remote<String, String> remote = atRest.client().remote(endpoint, Codecs.lines());
            Callers.InFlight<Outcome> call = calling(remote, "x", virtual);
            untilItIsIn("connect", call);
            assertCancelled(call, Phase.CONNECT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedLoginIsCancelled(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Remote<String, String> remote = atRest.client().remote(at(server), new GreetedLines());
            Callers.InFlight<Outcome> call = calling(remote, "x", virtual);
            untilItIsIn("read", call);
            assertCancelled(call, Phase.OPEN);
            server.awaitOpen(0, PATIENCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedWriteIsCancelled(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(
                    ClientOptions.builder().maxFrame(64 << 20).permitsTotal(8).permitsPerEndpoint(8));
            Codec<byte[], byte[]> fixed = Codecs.fixed(32 << 20);
            Callers.InFlight<Outcome> call = calling(client.remote(at(server), fixed), new byte[32 << 20], virtual);
            untilItIsIn("write", call);
            assertCancelled(call, Phase.WRITE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedReadIsCancelled(boolean virtual) throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().stall())) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            Callers.InFlight<Outcome> call = calling(remote, "x", virtual);
            server.awaitRequests(1, PATIENCE);
            untilItIsIn("read", call);
            assertCancelled(call, Phase.READ);
            server.awaitOpen(0, PATIENCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedReadOfALeaseIsCancelled(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> call = on(virtual, () -> {
                try (Lease lease = client.lease(at(server))) {
                    assertThatThrownBy(() -> lease.input().read())
                            .isInstanceOfSatisfying(
                                    CancelledException.class,
                                    cancelled -> assertThat(cancelled.phase()).isEqualTo(Phase.READ));
                    lease.keep();
                }
                return Thread.interrupted();
            });
            untilItIsIn("read", call);
            call.interrupt();
            assertThat(call.await()).as("the interrupt flag").isTrue();
            server.awaitOpen(0, PATIENCE);
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptAfterTheReplyWasReadCostsNeitherTheReplyNorTheConnection(boolean virtual) throws Exception {
        Codec<String, String> interruptedAtTheEnd = new GreetedLines() {
            @Override
            public String read(String request, ByteReader in) throws IOException {
                String reply = super.read(request, in);
                if (request.equals("interrupted")) {
                    Thread.currentThread().interrupt();
                }
                return reply;
            }
        };
        FaultServer.Gate answer = FaultServer.gate();
        Script script = FaultServer.script()
                .reply("welcome\n")
                .run(FaultServer.script().readLine().await(answer).reply("ok\n").repeat());
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), interruptedAtTheEnd);
            Callers.InFlight<Boolean> call = on(virtual, () -> {
                assertThat(remote.call("interrupted")).isEqualTo("ok");
                return Thread.interrupted();
            });
            server.awaitRequests(1, PATIENCE);
            Callers.InFlight<String> heir = on(virtual, () -> remote.call("x"));
            Callers.until("one waits", () -> client.stats().waiting() == 1);
            answer.open();
            assertThat(call.await()).as("the interrupt flag").isTrue();
            assertThat(heir.await()).isEqualTo("ok");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void closeTellsWaitersAtOnceAndLetsRunningCallsFinish() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script script =
                FaultServer.script().readLine().await(answer).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = Client.create(ClientOptions.builder()
                    .permitsPerEndpoint(1)
                    .drain(PATIENCE)
                    .build());
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> running = Callers.onVirtualThread(() -> remote.call("running"));
            server.awaitRequests(1, PATIENCE);
            Callers.InFlight<Outcome> waiting = calling(remote, "waiting", true);
            Callers.until("one waits", () -> client.stats().waiting() == 1);
            Callers.InFlight<Boolean> closing = Callers.onPlatformThread(() -> {
                client.close();
                return true;
            });
            assertThat(waiting.await().thrown()).isInstanceOf(RejectedException.class);
            assertThatThrownBy(() -> remote.call("new"))
                    .isInstanceOf(RejectedException.class)
                    .hasMessageContaining("closed");
            answer.open();
            assertThat(running.await()).isEqualTo("ok");
            assertThat(closing.await()).isTrue();
            client.close();
            assertThat(client.stats().connectionsIdle()).isZero();
            assertThat(client.stats().permitsOut()).isZero();
        }
    }

    @Test
    void closeCutsWhatOutlivesTheDrain() throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().stall())) {
            Client client = atRest.client();
            Callers.InFlight<Outcome> running = calling(client.remote(at(server), Codecs.lines()), "x", true);
            server.awaitRequests(1, PATIENCE);
            client.close();
            Outcome outcome = running.await();
            assertThat(outcome.thrown()).isInstanceOf(CancelledException.class).hasMessageContaining("closed");
            assertThat(outcome.flag()).isFalse();
            Callers.until("the permit is back", () -> client.stats().permitsOut() == 0);
        }
    }

    @Test
    void aDeadlineNeverReadsAsACancel() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Remote<String, String> remote =
                    atRest.client().remote(at(server), Codecs.lines()).within(Duration.ofMillis(50));
            Callers.InFlight<Boolean> call = Callers.onVirtualThread(() -> {
                assertThatThrownBy(() -> remote.call("x")).isInstanceOf(DeadlineExceededException.class);
                return Thread.currentThread().isInterrupted();
            });
            assertThat(call.await()).isFalse();
        }
    }

    @Test
    void closeCutsCallsThatAreStillConnectingOrOpeningOrLookingUp() throws Exception {
        Dns stuck = host -> {
            LockSupport.park();
            throw new java.net.UnknownHostException(host);
        };
        try (DeadPort hole = FaultServer.blackhole();
                FaultServer silent = FaultServer.start(FaultServer.script().stall())) {
            for (Phase phase : new Phase[] {Phase.DNS, Phase.CONNECT, Phase.OPEN}) {
                Client client =
                        atRest.client(ClientOptions.builder().dns(stuck).connectTimeout(Duration.ofSeconds(30)));
                Endpoint endpoint = switch (phase) {
                    case DNS -> Endpoint.of("stuck.test", 7);
                    case CONNECT -> Endpoint.of(hole.host(), hole.port());
                    default -> at(silent);
                };
                Callers.InFlight<Outcome> call = calling(client.remote(endpoint, new GreetedLines()), "x", true);
                Callers.until("the permit is out", () -> client.stats().permitsOut() == 1);
                Callers.until("it waits", () -> call.thread().getState() == Thread.State.WAITING);
                client.close();
                assertThat(call.await().thrown())
                        .isInstanceOfSatisfying(
                                CancelledException.class,
                                cancelled -> assertThat(cancelled.phase()).isEqualTo(phase));
                assertThat(client.stats().permitsOut()).isZero();
            }
        }
    }

    /** Its caller was busy closing another connection when the client cut all there were. */
    @Test
    void aConnectThatBeginsAfterCloseIsCut() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        Script polite = FaultServer.script().readLine().reply("bye\n").close();
        Script late = FaultServer.script().readLine().reply("late\n").repeat();
        try (FaultServer server = FaultServer.start(polite.then(late))) {
            Client client = atRest.client(ClientOptions.builder().observer(new Observer() {
                @Override
                public void closed(ConnectionClosed event) {
                    try {
                        closed.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            }));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            assertThat(remote.call("one")).isEqualTo("bye");
            server.awaitOpen(0, PATIENCE);
            Callers.untilIdleIsProbed();
            Callers.InFlight<Outcome> call = calling(remote, "two", true);
            Callers.until("the dead connection is closed", () -> client.stats().connectionsClosed() == 1);
            client.close();
            closed.countDown();
            assertThat(call.await().thrown())
                    .isInstanceOf(CancelledException.class)
                    .hasMessageContaining("closed");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    /** Lines, once the peer has said something. */
}
