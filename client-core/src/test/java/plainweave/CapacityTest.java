package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.RejectedException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.observe.ClientStats;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.Observer;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.time.Await;
import plainweave.time.Runs;

/** Capacity is never lost for good, whatever goes wrong while it is out. */
class CapacityTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Script ECHO = FaultServer.script()
            .readLine()
            .replyWith(line -> (new String(line, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8))
            .repeat();

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int WARM = 100;
    private static final int DEAD_CALLS_A_SECOND = 10_000;
    private static final int DEAD_CALLERS = 4;

    /** Seconds of calls to a dead server; the full count is 30. */
    private static final int DEAD_SECONDS = Integer.getInteger("dead.seconds", 3);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    @Test
    void throwingAwayABrokenConnectionNeitherFailsNorDials() throws Exception {
        FaultServer.Gate killed = FaultServer.gate();
        FaultServer server = FaultServer.start(FaultServer.script().readLine().await(killed));
        try {
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> call = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, PATIENCE);
            server.close();
            assertThatThrownBy(call::await).isInstanceOf(ConnectionLostException.class);
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
            assertThat(client.stats().permitsOut()).isZero();
        } finally {
            server.close();
        }
    }

    @Test
    void everyWaiterProceedsWhenTheHoldersConnectionBreaks() throws Exception {
        for (int total : new int[] {1, 2}) {
            FaultServer.Gate cut = FaultServer.gate();
            Script breaking = FaultServer.script().readLine().await(cut).reset();
            try (FaultServer one = FaultServer.start(breaking.then(ECHO));
                    FaultServer two = FaultServer.start(breaking.then(ECHO))) {
                Client client = atRest.client(
                        ClientOptions.builder().permitsPerEndpoint(1).permitsTotal(total));
                List<Callers.InFlight<String>> calls = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    String line = "line " + i;
                    Remote<String, String> remote = client.remote(at(i % 2 == 0 ? one : two), Codecs.lines());
                    calls.add(Callers.onVirtualThread(() -> {
                        try {
                            return remote.call(line);
                        } catch (ConnectionLostException e) {
                            return line;
                        }
                    }));
                }
                Callers.until("all others wait", () -> client.stats().waiting() == 50 - total);
                cut.open();
                for (int i = 0; i < 50; i++) {
                    assertThat(calls.get(i).await()).isEqualTo("line " + i);
                }
            }
        }
    }

    @Test
    void afterTheQueueOverflowedAllPermitsAreUsable() throws Exception {
        FaultServer.Gate fast = FaultServer.gate();
        Script slowThenFast =
                FaultServer.script().readLine().await(fast).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(slowThenFast)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(8).queuePerEndpoint(16));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            AtomicLong rejected = new AtomicLong();
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                calls.add(Callers.onVirtualThread(() -> {
                    try {
                        return remote.call("x");
                    } catch (RejectedException e) {
                        rejected.incrementAndGet();
                        return "rejected";
                    }
                }));
            }
            Callers.until("the others are rejected", () -> rejected.get() == 1_000 - 8 - 16);
            fast.open();
            for (Callers.InFlight<String> call : calls) {
                assertThat(call.await()).isIn("ok", "rejected");
            }
            List<Callers.InFlight<String>> again = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                again.add(Callers.onVirtualThread(() -> remote.call("y")));
            }
            for (Callers.InFlight<String> call : again) {
                assertThat(call.await()).isEqualTo("ok");
            }
            assertThat(client.stats().maxPermitsOut()).isEqualTo(8);
        }
    }

    @Test
    void noMoreConnectionsAreOpenToAnEndpointThanItHasPermitsHoweverManySessions() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(8));
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
            List<Callers.InFlight<Integer>> callers = new ArrayList<>();
            for (int c = 0; c < 64; c++) {
                Remote<String, String> remote = client.remote(endpoint, new SessionLines("session " + c % 4));
                callers.add(Callers.onVirtualThread(() -> {
                    for (int i = 0; i < 100; i++) {
                        remote.call("x");
                    }
                    return 100;
                }));
            }
            for (Callers.InFlight<Integer> caller : callers) {
                assertThat(caller.await()).isEqualTo(100);
            }
            assertThat(client.stats().connectionsIdle()).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void everyCallerOfManyGetsItsTurn() throws Exception {
        int callers = 1_000;
        int calls = 100;
        AtomicLong turns = new AtomicLong();
        LongAdder inTurn = new LongAdder();
        Codec<Long, String> counting = new Codec<>() {
            @Override
            public void write(Long turnsAtCall, ByteWriter out) throws IOException {
                long others = turns.getAndIncrement() - turnsAtCall;
                if (others >= callers * 8L / 10 && others <= callers * 12L / 10) {
                    inTurn.increment();
                }
                Codecs.lines().write("x", out);
            }

            @Override
            public String read(Long turnsAtCall, ByteReader in) throws IOException {
                return Codecs.lines().read("x", in);
            }
        };
        try (EchoServer server = EchoServer.start()) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(64).queuePerEndpoint(callers));
            Remote<Long, String> remote = client.remote(Endpoint.of("127.0.0.1", server.port()), counting);
            List<Callers.InFlight<Void>> all = new ArrayList<>();
            for (int c = 0; c < callers; c++) {
                all.add(Callers.onVirtualThread(() -> {
                    for (int i = 0; i < calls; i++) {
                        remote.call(turns.get());
                    }
                    return null;
                }));
            }
            for (Callers.InFlight<Void> caller : all) {
                caller.await(Duration.ofMinutes(1));
            }
            assertThat(turns).hasValue((long) callers * calls);
            // Who begins, who ends, and who has its turn but no processor is out of step; were there no line, most
            // would be.
            assertThat(inTurn.sum())
                    .as("calls that waited for as many others as there are callers, give or take a fifth")
                    .isGreaterThan(callers * calls * 8L / 10);
        }
    }

    private record SessionLines(Object session) implements LinesCodec {}

    @Test
    void interruptsAndOurOwnTimeoutsSayNothingAboutThePeer() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script held =
                FaultServer.script().readLine().await(answer).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(held)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> holder = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, PATIENCE);
            for (int i = 0; i < 10; i++) {
                Callers.InFlight<String> waiting = Callers.onVirtualThread(() -> remote.call("y"));
                Callers.until("it waits", () -> client.stats().waiting() == 1);
                waiting.interrupt();
                assertThatThrownBy(waiting::await).isInstanceOf(CancelledException.class);
            }
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> remote.within(Duration.ofMillis(1)).call("z"))
                        .isInstanceOf(DeadlineExceededException.class);
            }
            answer.open();
            assertThat(holder.await()).isEqualTo("ok");
            assertThat(remote.call("x")).isEqualTo("ok");
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeadServerCostsFewConnectsAndNoMemoryAndIsFoundAgainWithinASecond(boolean shared) throws Exception {
        DeadServer run = Runs.decide(() -> deadServer(shared), DeadServer::within);
        assertThat(run.within())
                .as("10,000 calls a second, and a reply within a second: %s", run)
                .isTrue();
    }

    /**
     * A server that was dead for a while.
     *
     * @param callsTook how long the calls to it took that were to come in {@link #DEAD_SECONDS}
     * @param firstReplyTook how long after it was back
     * @param controlLate how late a plain thread was that had nothing to do but to wake at the end of the calls, and of the second
     */
    private record DeadServer(Duration callsTook, Duration firstReplyTook, Duration controlLate) {
        boolean within() {
            Duration callsMayTake = Duration.ofSeconds(2L * DEAD_SECONDS); // where the machine is busy
            return callsTook.minus(controlLate).compareTo(callsMayTake) <= 0
                    && firstReplyTook.minus(controlLate).compareTo(SECOND) <= 0;
        }
    }

    private DeadServer deadServer(boolean shared) throws Exception {
        ClientOptions.Builder options = ClientOptions.builder();
        Client client = atRest.client(shared ? options.pipelineDepth(64).maxFrame(16 * 1024) : options);
        Codec<String, String> codec = shared ? new PipelinedLines() : Codecs.lines();
        try (DeadPort port = FaultServer.refusing()) {
            InetSocketAddress address = port.address();
            Remote<String, String> remote = client.remote(Endpoint.of(port.host(), port.port()), codec);
            Set<Throwable> dials = ConcurrentHashMap.newKeySet(); // those who wait for the same one share its failure
            long heapBefore = heapAfterGc();
            long start = System.nanoTime();
            Await.Control end = Await.control(start + DEAD_SECONDS * SECOND.toNanos());
            List<Callers.InFlight<Void>> callers = new ArrayList<>();
            for (int c = 0; c < DEAD_CALLERS; c++) {
                callers.add(Callers.onPlatformThread(() -> callInVain(remote, start, dials)));
            }
            for (Callers.InFlight<Void> caller : callers) {
                caller.await(Duration.ofSeconds(20L + 5 * DEAD_SECONDS));
            }
            Duration callsTook = Duration.ofNanos(System.nanoTime() - start);
            // At first each may find out for itself; then 10 ms doubling to 1 s, each less up to a fifth.
            assertThat((long) dials.size()).isLessThanOrEqualTo(DEAD_CALLERS + 8 + 2 * callsTook.toSeconds());
            atRest.reports.exchanges.clear();
            assertThat(heapAfterGc() - heapBefore).isLessThan(4L << 20);
            port.close();
            try (FaultServer server = FaultServer.startAt(address, ECHO)) {
                long back = System.nanoTime();
                Await.Control second = Await.control(back + SECOND.toNanos());
                Callers.until("a reply", () -> isAnswered(remote));
                Duration firstReplyTook = Duration.ofNanos(System.nanoTime() - back);
                assertThat(server.connections()).isEqualTo(1);
                return new DeadServer(callsTook, firstReplyTook, Duration.ofNanos(Math.max(end.late(), second.late())));
            }
        }
    }

    /** One caller's share of 10,000 calls a second; whoever is late hurries. */
    private @Nullable Void callInVain(Remote<String, String> remote, long start, Set<Throwable> dials) {
        int calls = DEAD_CALLS_A_SECOND / DEAD_CALLERS * DEAD_SECONDS;
        long pace = SECOND.toNanos() * DEAD_CALLERS / DEAD_CALLS_A_SECOND;
        for (int call = 0; call < calls; call++) {
            if (call % 20 == 0) {
                atRest.reports.exchanges.clear();
                LockSupport.parkNanos(start + call * pace - System.nanoTime());
            }
            CallException failure = catchThrowableOfType(CallException.class, () -> remote.call("x"));
            if (!failure.reason().contains("just before")) {
                dials.add(failure.getCause());
            }
        }
        return null;
    }

    private static boolean isAnswered(Remote<String, String> remote) {
        try {
            return remote.call("x").equals("x");
        } catch (CallException e) {
            return false;
        }
    }

    @Test
    void connectionsOpenedTogetherRetireSpreadOutAndTheWarmMinimumHoldsThroughout() throws Exception {
        Duration lifetime = Duration.ofSeconds(2);
        Duration least = lifetime.dividedBy(10);
        Duration spread = Runs.decide(() -> spread(lifetime), measured -> measured.compareTo(least) >= 0);
        assertThat(spread).isGreaterThanOrEqualTo(least);
    }

    /** Between the first and the last to retire of a hundred that were opened together. */
    private Duration spread(Duration lifetime) throws Exception {
        List<Duration> retired = Collections.synchronizedList(new ArrayList<>());
        Observer ages = new Observer() {
            @Override
            public void closed(ConnectionClosed event) {
                if (event.reason() == Reason.LIFETIME) {
                    retired.add(event.age());
                }
            }
        };
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder()
                    .permitsPerEndpoint(200)
                    .maxLifetime(lifetime)
                    .observer(ages));
            Remote<String, String> remote = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            remote.warm(WARM);
            AtomicBoolean enough = new AtomicBoolean();
            Callers.InFlight<Long> watcher = Callers.onPlatformThread(() -> fewestOpen(client, enough));
            Callers.until("all have retired", () -> retired.size() >= WARM);
            enough.set(true);
            assertThat(watcher.await()).as("the fewest seen open").isGreaterThanOrEqualTo(WARM);
            remote.warm(0);
            List<Duration> first = List.copyOf(retired).subList(0, WARM); // their successors live longer than that
            return Collections.max(first).minus(Collections.min(first));
        }
    }

    private static long fewestOpen(Client client, AtomicBoolean enough) {
        long fewest = Long.MAX_VALUE;
        while (!enough.get()) {
            ClientStats stats = client.stats();
            fewest = Math.min(fewest, stats.connectionsIdle() + stats.connectionsInUse());
            LockSupport.parkNanos(200_000);
        }
        return fewest;
    }

    private static long heapAfterGc() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
