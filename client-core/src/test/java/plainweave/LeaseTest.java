package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CancelledException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.codec.Codecs;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class LeaseTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static String echo(Lease lease, String line) throws IOException {
        lease.output().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        return new BufferedReader(new InputStreamReader(lease.input(), StandardCharsets.UTF_8)).readLine();
    }

    @Test
    void aLeaseIsPlainBlockingStreams() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            try (Lease lease = client.lease(Endpoint.of("localhost", server.port()))) {
                assertThat(echo(lease, "hello")).isEqualTo("hello");
                assertThat(lease.address()).endsWith(":" + server.port());
                assertThat(client.stats().permitsOut()).isEqualTo(1);
            }
            assertThat(atRest.reports.exchanges).singleElement().satisfies(report -> {
                assertThat(report.failure()).isEmpty();
                assertThat(report.progress().sent()).isTrue();
                assertThat(report.progress().nanos(Phase.READ)).isPositive();
            });
        }
    }

    @Test
    void whatIsKeptServesTheNextLeaseAndWhatIsNotIsClosed() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Endpoint endpoint = Endpoint.of("localhost", server.port());
            for (int i = 0; i < 3; i++) {
                try (Lease lease = client.lease(endpoint)) {
                    echo(lease, "kept " + i);
                    lease.keep();
                }
            }
            assertThat(server.connections()).isEqualTo(1);
            try (Lease lease = client.lease(endpoint)) {
                echo(lease, "not kept");
            }
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void aLeaseThatLeavesBytesUnreadIsNotKept() throws IOException {
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().reply("one\ntwo\n").stall())) {
            Client client = atRest.client();
            try (Lease lease = client.lease(Endpoint.of(server.host(), server.port()))) {
                lease.output().write('\n');
                assertThat(lease.input().readNBytes(4)).isEqualTo("one\n".getBytes(StandardCharsets.UTF_8));
                lease.keep();
            }
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void silenceEndsARead() {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(100)));
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            try (Lease lease = client.lease(endpoint)) {
                assertThatThrownBy(() -> lease.input().read())
                        .isInstanceOfSatisfying(DeadlineExceededException.class, late -> {
                            assertThat(late.phase()).isEqualTo(Phase.READ);
                            assertThat(late)
                                    .hasMessageContaining(endpoint.toString())
                                    .hasMessageContaining("silence 100 ms");
                        });
                lease.keep();
            }
            assertThat(client.stats().connectionsIdle()).isZero();
            assertThat(atRest.reports.exchanges.getLast().failure()).isPresent();
        }
    }

    @Test
    void aTotalHoldsOnlyWhereItWasSaid() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(Endpoint.of("localhost", server.port()), Codecs.lines());
            assertThat(remote.call("connect")).isEqualTo("connect");
            try (Lease lease = remote.within(Duration.ofMillis(300)).lease()) {
                assertThat(echo(lease, "in time")).isEqualTo("in time");
                assertThatThrownBy(() -> {
                            while (true) {
                                echo(lease, "again");
                            }
                        })
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContaining(" of 300 ms in ");
            }
        }
    }

    @Test
    void closingFromAnotherThreadEndsARead() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            Lease lease = client.lease(Endpoint.of(server.host(), server.port()));
            Callers.InFlight<Integer> reading =
                    Callers.onVirtualThread(() -> lease.input().read());
            Callers.until("the reader waits", () -> reading.thread().getState() == Thread.State.WAITING);
            lease.keep();
            lease.close();
            assertThatThrownBy(reading::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessageContaining("it was closed meanwhile");
            assertThatThrownBy(() -> lease.input().read()).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void badArgumentsHurtNeitherTheLeaseNorTheNextCaller() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
            try (Lease lease = client.lease(endpoint)) {
                byte[] four = new byte[4];
                for (int[] bad : new int[][] {{-1, 2}, {0, 5}, {3, 2}, {2, -1}, {1, Integer.MAX_VALUE}}) {
                    assertThatThrownBy(() -> lease.input().read(four, bad[0], bad[1]))
                            .isInstanceOf(IndexOutOfBoundsException.class);
                    assertThatThrownBy(() -> lease.output().write(four, bad[0], bad[1]))
                            .isInstanceOf(IndexOutOfBoundsException.class);
                }
                assertThatThrownBy(() -> lease.input().read(null, 0, 1)).isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> lease.output().write(null, 0, 1)).isInstanceOf(NullPointerException.class);
                assertThat(lease.input().read(new byte[0])).isZero();
                assertThat(echo(lease, "still usable")).isEqualTo("still usable");
                lease.keep();
            }
            try (Lease next = client.lease(endpoint)) {
                assertThat(next.reused()).isTrue();
                assertThat(echo(next, "next")).isEqualTo("next");
            }
        }
    }

    @Test
    void aLeaseWhoseStepThrewIsNotKept() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
            for (Throwable thrown : new Throwable[] {new IllegalStateException("mine"), new StackOverflowError()}) {
                try (Lease lease = client.lease(endpoint)) {
                    assertThatThrownBy(() -> lease.leasing().io(Phase.READ, () -> {
                                if (thrown instanceof Error error) {
                                    throw error;
                                }
                                throw (RuntimeException) thrown;
                            }))
                            .isSameAs(thrown);
                    lease.keep();
                }
                try (Lease next = client.lease(endpoint)) {
                    assertThat(next.reused()).isFalse();
                    assertThat(echo(next, "next")).isEqualTo("next");
                }
            }
        }
    }

    /** Closing and stepping meet at every point of either: the loser must not touch what may be somebody else's by then. */
    @Test
    void aClosedLeaseNeverReadsOrWritesWhatWasHandedOn() throws Exception {
        Map<String, Thread> begunOn = new ConcurrentHashMap<>();
        Queue<String> tooLate = new ConcurrentLinkedQueue<>();
        Script script = FaultServer.script()
                .readLine()
                .replyWith(bytes -> {
                    String line = new String(bytes, StandardCharsets.UTF_8);
                    if (!line.startsWith("old")) {
                        begunOn.put(line, Thread.currentThread()); // each connection has a thread of its own
                        return (line + "\n").getBytes(StandardCharsets.UTF_8);
                    }
                    if (begunOn.get(line.substring("old".length())) == Thread.currentThread()) {
                        tooLate.add(line);
                    }
                    return new byte[0];
                })
                .repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(1).silence(Duration.ofSeconds(2)));
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Callers.InFlight<Integer> all = Callers.onPlatformThread(() -> {
                int handedOn = 0;
                long end = System.nanoTime() + 1_000_000_000;
                for (int i = 0; System.nanoTime() - end < 0; i++) {
                    String line = "line " + i;
                    boolean reads = i % 2 == 0;
                    Lease lease = client.lease(endpoint);
                    lease.keep();
                    CountDownLatch aboutToStep = new CountDownLatch(1);
                    Callers.InFlight<Integer> stepping = Callers.onVirtualThread(() -> {
                        aboutToStep.countDown();
                        try {
                            if (reads) {
                                return lease.input().read();
                            }
                            lease.output().write(("old" + line + "\n").getBytes(StandardCharsets.UTF_8));
                        } catch (CancelledException e) {
                            assertThat(e).hasMessageContaining("it was closed meanwhile");
                        } catch (IllegalStateException e) {
                            assertThat(e).hasMessageEndingWith(" is closed");
                        }
                        return -2;
                    });
                    if (i % 4 < 2) {
                        aboutToStep.await();
                    }
                    lease.close();
                    try (Lease next = client.lease(endpoint)) {
                        handedOn += next.reused() ? 1 : 0;
                        assertThat(echo(next, line)).isEqualTo(line);
                        next.keep();
                    }
                    assertThat(stepping.await())
                            .as("what the closed lease read")
                            .isEqualTo(-2);
                }
                return handedOn;
            });
            assertThat(all.await()).as("connections handed on").isPositive();
            assertThat(tooLate).isEmpty();
        }
    }

    @Test
    void aLeaseAndACodecNeverShareAConnection() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Endpoint endpoint = Endpoint.of("localhost", server.port());
            client.remote(endpoint, Codecs.lines()).call("x");
            try (Lease lease = client.lease(endpoint)) {
                echo(lease, "y");
                lease.keep();
            }
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void halfOfThePermitsAtMostAreLeasesAndCallsPassTheLeaseThatMayNotStart() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(4));
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
            Lease one = client.lease(endpoint);
            Lease two = client.lease(endpoint);
            Callers.InFlight<String> third = Callers.onVirtualThread(() -> {
                try (Lease lease = client.lease(endpoint)) {
                    return echo(lease, "third");
                }
            });
            Callers.until("the third lease waits", () -> client.stats().waiting() == 1);
            assertThat(client.remote(endpoint, Codecs.lines()).call("passing")).isEqualTo("passing");
            assertThat(client.stats().waiting()).isEqualTo(1);
            one.close();
            assertThat(third.await()).isEqualTo("third");
            two.close();
        }
    }

    @Test
    void whoWaitsForAPermitWhileHoldingOneIsToldSo() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            try (Lease lease = remote.lease()) {
                assertThatThrownBy(() -> remote.within(Duration.ofMillis(50)).call("x"))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContaining("this thread itself holds the permits of leases: 1");
                assertThat(client.dump())
                        .startsWith(client.stats().toString())
                        .contains("permits 1/1 out (1/1 as leases)", lease.address(), "in use");
            }
        }
    }

    @Test
    void theHoldersOwnTimeCountsForNoPhase() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            long start = System.nanoTime();
            long own;
            try (Lease lease = client.lease(Endpoint.of("127.0.0.1", server.port()))) {
                echo(lease, "x");
                long since = System.nanoTime();
                LockSupport.parkNanos(100_000_000);
                own = System.nanoTime() - since;
                echo(lease, "y");
            }
            long others = System.nanoTime() - start - own;
            Progress progress = atRest.reports.exchanges.getLast().progress();
            assertThat(Stream.of(Phase.values()).mapToLong(progress::nanos).sum())
                    .as("of all phases; the lease took %d ns but for its holder's own", others)
                    .isLessThanOrEqualTo(others);
        }
    }
}
