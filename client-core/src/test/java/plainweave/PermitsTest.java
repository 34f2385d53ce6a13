package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Limit;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.RejectedException;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.testing.Capacity;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Permits that are reserved, that change while the client runs, and that adapt; and who is sent away when the queue is full. */
class PermitsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final FaultServer.Gate answer = FaultServer.gate();
    private final Script waiting =
            FaultServer.script().readLine().await(answer).reply("ok\n").repeat();

    private static Remote<String, String> remote(Client client, FaultServer server) {
        return client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
    }

    private static List<Callers.InFlight<String>> calls(Remote<String, String> remote, int n) {
        List<Callers.InFlight<String>> calls = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            calls.add(Callers.onVirtualThread(() -> remote.call("x")));
        }
        return calls;
    }

    private static void stand(Client client, int out, int waiting) {
        Callers.until(
                () -> out + " out and " + waiting + " waiting, but " + client.dump(),
                () -> client.stats().permitsOut() == out && client.stats().waiting() == waiting);
    }

    private static void ended(List<Callers.InFlight<String>> calls) throws Exception {
        for (Callers.InFlight<String> call : calls) {
            assertThat(call.await()).isEqualTo("ok");
        }
    }

    // Reserved

    @Test
    void reservedPermitsAreThereForAnUrgentCallWhileBulkWorkWaits() throws Exception {
        try (FaultServer server = FaultServer.start(waiting)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(4).reserve(Priority.URGENT, 2));
            List<Callers.InFlight<String>> all = calls(remote(client, server).with(Priority.BACKGROUND), 5);
            stand(client, 2, 3);
            all.addAll(calls(remote(client, server).with(Priority.URGENT), 3));
            stand(client, 4, 4);
            answer.open();
            ended(all);
        }
    }

    @Test
    void moreReservedThanThereCanBeIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder()
                        .permitsPerEndpoint(4)
                        .reserve(Priority.URGENT, 4)
                        .build())
                .withMessageContaining("reserve of URGENT 4 is over permitsPerEndpoint less one, 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        ClientOptions.builder().reserve(Priority.NORMAL, -1).build())
                .withMessageContaining("reserve of NORMAL -1 is below 0");
    }

    // Shed

    @Test
    void aFullQueueSendsTheNewestOfTheLowestPriorityAwayAndTellsItWhy() throws Exception {
        try (FaultServer server = FaultServer.start(waiting)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(1).queuePerEndpoint(1));
            List<Callers.InFlight<String>> served = calls(remote(client, server), 1);
            stand(client, 1, 0);
            Callers.InFlight<String> bulk =
                    calls(remote(client, server).with(Priority.BACKGROUND), 1).getFirst();
            stand(client, 1, 1);
            served.addAll(calls(remote(client, server).with(Priority.URGENT), 1));

            assertThatThrownBy(bulk::await)
                    .isInstanceOf(RejectedException.class)
                    .hasMessageContaining("made room for a call of higher priority")
                    .hasMessageContaining("queuePerEndpoint is 1");
            assertThatThrownBy(() -> remote(client, server).call("x"))
                    .as("nobody lower to send away")
                    .isInstanceOf(RejectedException.class)
                    .hasMessageContaining("the queue of this endpoint is full");
            assertThat(atRest.reports.shed).hasSize(2);
            answer.open();
            ended(served);
        }
    }

    /** In the order they came, each would get its permit when its time is all but over: none would be served, for ever. */
    @Test
    void aQueueLongerThanTheDeadlineStillLeavesThePermitsToThoseWhoCanBeServed() throws Exception {
        Capacity capacity = Capacity.of(2, Duration.ofMillis(10));
        Script ok = FaultServer.script().reply("ok\n");
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().serve(capacity, ok, ok).repeat())) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(2).timeout(Duration.ofMillis(200)));
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            while (calls.size() < 2_000) {
                int begun = server.requests();
                calls.addAll(calls(remote(client, server), 10));
                Callers.until("two more are served", () -> server.requests() >= begun + 2);
            }
            List<CallException> failures = new ArrayList<>();
            for (Callers.InFlight<String> call : calls) {
                try {
                    call.await();
                } catch (DeadlineExceededException e) {
                    failures.add(e);
                }
            }

            assertThat(calls.size() - failures.size())
                    .as("served, of some 400 that can be")
                    .isGreaterThan(200);
            assertThat(failures)
                    .filteredOn(e -> e.phase() == Phase.QUEUE)
                    .as("sent away with little time left")
                    .anySatisfy(e -> assertThat(e)
                            .hasMessageContaining(" others, and what is left is too little for an exchange, DNS"));
        }
    }

    @Test
    void aFullClientSendsAwayTheLowestOfAnotherEndpoint() throws Exception {
        try (FaultServer here = FaultServer.start(waiting);
                FaultServer there = FaultServer.start(waiting)) {
            Client client = atRest.client(ClientOptions.builder()
                    .permitsPerEndpoint(1)
                    .permitsTotal(1)
                    .queuePerEndpoint(1)
                    .queueTotal(1));
            List<Callers.InFlight<String>> served = calls(remote(client, here), 1);
            stand(client, 1, 0);
            Callers.InFlight<String> bulk =
                    calls(remote(client, there).with(Priority.BACKGROUND), 1).getFirst();
            stand(client, 1, 1);
            served.addAll(calls(remote(client, here).with(Priority.URGENT), 1));

            assertThatThrownBy(bulk::await)
                    .isInstanceOf(RejectedException.class)
                    .hasMessageContaining("queueTotal is 1");
            answer.open();
            ended(served);
        }
    }

    @Test
    void aDeadlineThatCannotBeMetIsRefusedBeforeItHasPassed() throws Exception {
        Script slow = FaultServer.script()
                .readLine()
                .await(answer)
                .pause(Duration.ofMillis(20))
                .reply("ok\n")
                .repeat();
        try (FaultServer server = FaultServer.start(slow)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(1).refuseHopeless(true));
            Remote<String, String> remote = remote(client, server);
            List<Callers.InFlight<String>> all = calls(remote, 60);
            stand(client, 1, 59);
            answer.open();
            Callers.until("ten are done", () -> client.stats().waiting() <= 49);

            assertThatThrownBy(() -> remote.within(Duration.ofMillis(100)).call("x"))
                    .isInstanceOf(RejectedException.class)
                    .hasMessageContaining("it would not be its turn before its deadline");
            assertThat(remote.with(Priority.URGENT)
                            .within(Duration.ofSeconds(5))
                            .call("x"))
                    .isEqualTo("ok");
            ended(all);
        }
    }

    // Changed while the client runs

    @Test
    void morePermitsLetWaitersGoAtOnceAndFewerCloseOnlyIdleConnections() throws Exception {
        try (FaultServer server = FaultServer.start(waiting)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(2));
            Remote<String, String> remote = remote(client, server);
            List<Callers.InFlight<String>> all = calls(remote, 8);
            stand(client, 2, 6);
            client.permits(6, 100);
            stand(client, 6, 2);
            server.awaitRequests(6, Duration.ofSeconds(10)); // each on a connection of its own
            client.permits(1, 100);
            assertThat(client.stats().permitsOut()).as("none is taken away").isEqualTo(6);
            answer.open();
            ended(all);
            Callers.until("one connection is left", () -> client.stats().connectionsIdle() == 1);
            assertThat(atRest.reports.closed)
                    .extracting(closed -> closed.reason())
                    .containsOnly(Reason.SURPLUS);
            assertThat(remote.call("x")).isEqualTo("ok");
            assertThat(client.stats().connectionsOpened()).isEqualTo(6);
            assertThat(client.stats().permitsTotal()).isEqualTo(100);
        }
    }

    @Test
    void idleConnectionsBeyondFewerPermitsCloseAtOnce() throws Exception {
        try (FaultServer server = FaultServer.start(waiting)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(4));
            List<Callers.InFlight<String>> all = calls(remote(client, server), 3);
            server.awaitRequests(3, Duration.ofSeconds(10));
            answer.open();
            ended(all);
            Callers.until("all are idle", () -> client.stats().connectionsIdle() == 3);

            client.permits(1, 100);

            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
        }
    }

    @Test
    void permitsThatMakeNoSenseAreNamedAndChangeNothing() {
        Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.permits(0, 10))
                .withMessageContaining("permitsPerEndpoint 0 is below 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.permits(11, 10))
                .withMessageContaining("permitsPerEndpoint 11 is over permitsTotal 10");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.permits(1, 1_000_000))
                .withMessageContaining("maxMemory");
        assertThat(client.stats().permitsTotal()).isEqualTo(ClientOptions.DEFAULT_PERMITS_TOTAL);
    }

    // Adaptive

    private static final class Told implements Limit {
        final ConcurrentLinkedQueue<Boolean> lost = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Long> served = new ConcurrentLinkedQueue<>();
        volatile int permits = 4;

        @Override
        public int permits() {
            return permits;
        }

        @Override
        public void ended(long nowNanos, long serviceNanos, int inFlight, boolean wasLost) {
            lost.add(wasLost);
            served.add(serviceNanos);
        }
    }

    @Test
    void aLimitHearsOfServiceAndLossButNotOfTheQueueOrOfCancels() throws Exception {
        Told told = new Told();
        told.permits = 1;
        try (FaultServer server = FaultServer.start(waiting)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(4).limit(most -> told));
            Remote<String, String> remote = remote(client, server);
            List<Callers.InFlight<String>> first = calls(remote, 1);
            stand(client, 1, 0);
            assertThatThrownBy(() -> remote.within(Duration.ofMillis(20)).call("too slow in the queue"))
                    .hasMessageContaining("QUEUE");
            Callers.InFlight<String> cancelled = calls(remote, 1).getFirst();
            stand(client, 1, 1);
            cancelled.interrupt();
            assertThatThrownBy(cancelled::await).hasMessageContaining("interrupted");
            assertThat(told.lost).isEmpty();

            answer.open();
            ended(first);
            assertThat(told.lost).containsExactly(false);
        }
        try (FaultServer silent = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client(ClientOptions.builder().limit(most -> told));
            assertThatThrownBy(() -> remote(client, silent)
                            .within(Duration.ofMillis(300))
                            .call("x"))
                    .hasMessageContaining("READ");
            assertThat(told.lost).containsExactly(false, true);
            assertThat(told.served.toArray(Long[]::new)[1])
                    .isGreaterThanOrEqualTo(Duration.ofMillis(150).toNanos());
        }
    }

    @Test
    void aLimitDoesNotHearOfACallToWhichTheQueueLeftTooLittleTime() throws Exception {
        Told told = new Told();
        told.permits = 1;
        Script once =
                FaultServer.script().readLine().await(answer).reply("ok\n").stall();
        try (FaultServer server = FaultServer.start(once)) {
            Client client = atRest.client(ClientOptions.builder().limit(most -> told));
            Remote<String, String> remote = remote(client, server);
            List<Callers.InFlight<String>> first = calls(remote, 1);
            stand(client, 1, 0);
            long start = System.nanoTime();
            Callers.InFlight<String> second =
                    calls(remote.within(Duration.ofSeconds(2)), 1).getFirst();
            stand(client, 1, 1);
            Callers.until(
                    "most of its time is over",
                    () -> System.nanoTime() - start > Duration.ofMillis(1_500).toNanos());
            answer.open();
            ended(first);
            assertThatThrownBy(second::await).hasMessageContaining("too slow").hasMessageContaining("in READ");
            assertThat(told.lost).containsExactly(false);
        }
    }

    @Test
    void aLimitThatShrinksClosesIdleConnectionsAndOneThatGrowsLetsWaitersGo() throws Exception {
        Told told = new Told();
        try (FaultServer server = FaultServer.start(waiting)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(8).limit(most -> told));
            Remote<String, String> remote = remote(client, server);
            List<Callers.InFlight<String>> all = calls(remote, 6);
            stand(client, 4, 2);
            server.awaitRequests(4, Duration.ofSeconds(10)); // each on a connection of its own
            told.permits = 2;
            answer.open();
            ended(all);
            Callers.until(
                    () -> "two connections are left: " + client.dump(),
                    () -> client.stats().connectionsIdle() == 2);
            assertThat(client.stats().connectionsOpened()).isEqualTo(4);
            assertThat(remote.call("x")).isEqualTo("ok");
        }
    }

    @Test
    void eachEndpointHasALimitOfItsOwnMadeOnce() {
        AtomicInteger made = new AtomicInteger();
        try (FaultServer one = FaultServer.start(waiting);
                FaultServer two = FaultServer.start(waiting)) {
            answer.open();
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(5).limit(most -> {
                        made.incrementAndGet();
                        return Limit.fixed(most);
                    }));
            for (int i = 0; i < 3; i++) {
                assertThat(remote(client, one).call("x")).isEqualTo("ok");
                assertThat(remote(client, two).call("x")).isEqualTo("ok");
            }
            assertThat(made).hasValue(2);
        }
    }

    /** Whatever a user's limit does, calls go on, inside 1 to permitsPerEndpoint. */
    @Test
    void aLimitThatThrowsOrTalksNonsenseIsSurvived() {
        Limit nonsense = new Limit() {
            private int ended;

            @Override
            public int permits() {
                return ended % 2 == 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
            }

            @Override
            public void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost) {
                ended++;
                if (ended % 3 == 0) {
                    throw new IllegalStateException("on purpose");
                }
            }
        };
        try (FaultServer server = FaultServer.start(waiting);
                Logged logged = Logged.by("plainweave.schedule.Limits")) {
            answer.open();
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(3).limit(most -> nonsense));
            for (int i = 0; i < 20; i++) {
                assertThat(remote(client, server).call("x")).isEqualTo("ok");
            }
            assertThat(logged.with("the like is not logged again")).hasSize(1);
            Client other = atRest.client(ClientOptions.builder().limit(most -> {
                throw new IllegalStateException("on purpose");
            }));
            assertThat(remote(other, server).call("x")).isEqualTo("ok");
        }
    }
}
