package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** What a client says about itself: in its dump, in the log, in the messages of failures. */
class DumpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String REQUEST = "request-nobody-may-see";
    private static final String PASSWORD = "password-nobody-may-see";

    private final FaultServer.Gate answer = FaultServer.gate();
    private final Script held =
            FaultServer.script().readLine().await(answer).reply("ok\n").repeat();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static DeadlineExceededException timesOutInQueue(Remote<String, String> remote) {
        DeadlineExceededException failure = catchThrowableOfType(
                DeadlineExceededException.class,
                () -> remote.within(Duration.ofMillis(5)).call(REQUEST));
        assertThat(failure.phase()).isEqualTo(Phase.QUEUE);
        return failure;
    }

    @Test
    void theDumpTellsTheQueueByPriorityAndEachConnection() throws Exception {
        try (FaultServer server = FaultServer.start(held)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            calls.add(Callers.onVirtualThread(() -> remote.call("x")));
            server.awaitRequests(1, PATIENCE);
            for (Priority priority : List.of(Priority.URGENT, Priority.NORMAL, Priority.NORMAL, Priority.BACKGROUND)) {
                calls.add(Callers.onVirtualThread(() -> remote.with(priority).call("x")));
            }
            calls.add(Callers.onVirtualThread(() -> {
                try (Lease lease = remote.with(Priority.BACKGROUND).lease()) {
                    lease.keep();
                    return lease.reused() ? "ok" : "new";
                }
            }));
            Callers.until("all others wait", () -> client.stats().waiting() == 5);
            assertThat(client.stats().waitingByPriority())
                    .isEqualTo(Map.of(Priority.URGENT, 1, Priority.NORMAL, 2, Priority.BACKGROUND, 2));
            assertThat(client.dump().lines().map(String::strip))
                    .hasSize(3)
                    .startsWith(client.stats().toString())
                    .contains(at(server) + " permits 1/1 out (0/1 as leases), queue 5/1024"
                            + " {BACKGROUND=2, NORMAL=2, URGENT=1}")
                    .last()
                    .asString()
                    .startsWith(at(server) + " " + at(server) + " in use, open for ")
                    .endsWith("taken 1 times, 0 bytes in 2 out");
            answer.open();
            for (Callers.InFlight<String> call : calls) {
                assertThat(call.await()).isEqualTo("ok");
            }
            assertThat(client.stats().waitingByPriority()).isEmpty();
            assertThat(client.dump()).contains(" idle for ").doesNotContain("queue");
        }
    }

    @Test
    void whoTimesOutInTheQueueIsToldTheFirstLineOfTheDump() throws Exception {
        try (FaultServer server = FaultServer.start(held)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, PATIENCE);
            DeadlineExceededException failure = timesOutInQueue(remote);
            assertThat(failure)
                    .hasMessageContaining(client.dump().lines().findFirst().orElseThrow());
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
        }
    }

    @Test
    void theDumpIsLoggedAtMostOnceASecondWhenTheQueueTimesOut() throws Exception {
        try (FaultServer server = FaultServer.start(held);
                Logged log = Logged.by(Failures.class)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, PATIENCE);
            long first = System.nanoTime();
            timesOutInQueue(remote);
            List<String> dumps = log.with("the client stands so");
            assertThat(dumps)
                    .singleElement()
                    .satisfies(dump -> assertThat(dump)
                            .contains(at(server) + " time out in the queue")
                            .contains(client.stats().toString())
                            .contains("permits 1/1 out (0/1 as leases), queue 0/1024 {}")
                            .contains(" in use, open for "));
            for (int i = 0; i < 10; i++) {
                timesOutInQueue(remote);
            }
            int soon = log.with("the client stands so").size();
            assertThat(soon)
                    .isLessThanOrEqualTo(1
                            + (int) Duration.ofNanos(System.nanoTime() - first).toSeconds());
            Callers.until("it is logged again", () -> {
                timesOutInQueue(remote);
                return log.with("the client stands so").size() > soon;
            });
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
        }
    }

    @Test
    void noFailureNoDumpAndNoLogHoldsBytesOfARequestOrCredentials() throws Exception {
        List<String> said = new ArrayList<>();
        try (DeadPort port = FaultServer.refusing();
                FaultServer refusing = FaultServer.start(
                        FaultServer.script().readLine().reply("denied\n").stall());
                FaultServer lost = FaultServer.start(FaultServer.script()
                        .readLine()
                        .reply("welcome\n")
                        .readLine()
                        .close());
                FaultServer silent = FaultServer.start(
                        FaultServer.script().readLine().reply("welcome\n").stall());
                Logged log = Logged.by(Failures.class)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(1).queuePerEndpoint(1));
            Remote<String, String> remote = client.remote(at(silent), new LoginLines(PASSWORD));
            said.add(failure(remote.at(Endpoint.of(port.host(), port.port())), Phase.CONNECT));
            said.add(failure(remote.at(at(refusing)), Phase.OPEN));
            said.add(failure(remote.at(at(lost)), Phase.READ));
            said.add(failure(remote.within(Duration.ofMillis(100)), Phase.READ));
            try (Lease lease = remote.lease()) {
                said.add(failure(remote.within(Duration.ofMillis(5)), Phase.QUEUE));
                Callers.InFlight<String> waiting = Callers.onVirtualThread(() -> remote.call(REQUEST));
                Callers.until("one waits", () -> client.stats().waiting() == 1);
                said.add(failure(remote, Phase.QUEUE));
                said.add(client.dump() + remote + lease.endpoint() + lease.address());
                waiting.interrupt();
                said.add(catchThrowableOfType(CallException.class, waiting::await)
                        .toString());
            }
            said.addAll(log.with("the client stands so"));
        }
        assertThat(said)
                .hasSize(9)
                .allSatisfy(text -> assertThat(text).isNotEmpty().doesNotContain(REQUEST, PASSWORD));
    }

    /** All that is printed of the failure, its causes too. */
    private static String failure(Remote<String, String> remote, Phase phase) {
        CallException failure = catchThrowableOfType(CallException.class, () -> remote.call(REQUEST));
        assertThat(failure.phase()).isEqualTo(phase);
        StringWriter printed = new StringWriter();
        failure.printStackTrace(new PrintWriter(printed));
        return printed + failure.reason();
    }
}
