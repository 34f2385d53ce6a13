package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.net.OpenSockets;
import plainweave.observe.Leaked;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

/** Leases that are forgotten, and what is told about them. */
class LeakTest {
    private static final Duration SOON = Duration.ofMillis(50);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(EchoServer server) {
        return Endpoint.of("127.0.0.1", server.port());
    }

    private List<Throwable> reported() {
        return atRest.reports.leaked.stream().map(Leaked::takenAt).toList();
    }

    private static void assertShows(Throwable stack, String method) {
        assertThat(stack.getStackTrace()).anySatisfy(frame -> {
            assertThat(frame.getClassName()).isEqualTo(LeakTest.class.getName());
            assertThat(frame.getMethodName()).isEqualTo(method);
        });
    }

    /** When it is reported, the housekeeper has also looked at all leases that were out before. */
    private void oneMoreIsReported(Client client, Endpoint endpoint) {
        int before = atRest.reports.leaked.size();
        try (Lease lease = client.lease(endpoint)) {
            Callers.until("one more is reported", () -> atRest.reports.leaked.size() > before);
            Reference.reachabilityFence(lease);
        }
    }

    @Test
    void aLeaseHeldForLongIsReportedOnce() {
        try (EchoServer server = EchoServer.start();
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().leakAfter(SOON));
            try (Lease lease = client.lease(at(server))) {
                Callers.until("it is reported", () -> !atRest.reports.leaked.isEmpty());
                oneMoreIsReported(client, lease.endpoint());
                oneMoreIsReported(client, lease.endpoint());
            }
            assertThat(reported()).hasSize(3).doesNotHaveDuplicates();
            assertThat(log.with("is held and not closed")).hasSize(3);
            assertThat(atRest.reports.leaked.getFirst().held()).isGreaterThanOrEqualTo(SOON);
        }
    }

    @Test
    void theReportShowsWhoTookTheLeaseAndWhereItsHolderIsNow() throws Exception {
        try (EchoServer server = EchoServer.start();
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().leakAfter(SOON));
            for (boolean virtual : new boolean[] {true, false}) {
                CountDownLatch done = new CountDownLatch(1);
                java.util.concurrent.Callable<Void> job = () -> {
                    try (Lease lease = takeHere(client, at(server))) {
                        standHere(done);
                        Reference.reachabilityFence(lease);
                    }
                    return null;
                };
                Callers.InFlight<Void> holder = virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
                Callers.until("it is reported", () -> !atRest.reports.leaked.isEmpty());
                done.countDown();
                holder.await();
                Leaked leaked = atRest.reports.leaked.removeFirst();
                assertShows(leaked.takenAt(), "takeHere");
                assertShows(leaked.heldAt(), "standHere");
            }
            assertThat(log.with("where its holder is now")).hasSize(2);
        }
    }

    private static Lease takeHere(Client client, Endpoint endpoint) {
        return client.lease(endpoint);
    }

    private static void standHere(CountDownLatch done) throws InterruptedException {
        done.await();
    }

    @Test
    void aLostLeaseIsTakenBackAndReported() {
        try (EchoServer server = EchoServer.start();
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().idleTimeout(Duration.ofMillis(40)));
            client.lease(at(server)); // nobody keeps it
            untilTakenBack(client);
            Callers.until("it is reported", () -> atRest.reports.leaked.size() == 1);
            assertShows(atRest.reports.leaked.getFirst().takenAt(), "aLostLeaseIsTakenBackAndReported");
            assertThat(log.with("was lost without being closed")).hasSize(1);
        }
    }

    @Test
    void aLeaseHeldForLongAndThenLostIsToldToObserversOnce() {
        try (EchoServer server = EchoServer.start();
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().leakAfter(SOON));
            holdUntilReported(client, at(server));
            untilTakenBack(client);
            Callers.until(
                    "that it is back is logged",
                    () -> log.with("was lost without being closed").size() == 1);
            oneMoreIsReported(client, at(server));
            assertThat(reported()).hasSize(2).doesNotHaveDuplicates();
        }
    }

    @Test
    void repliesThatAreLostAreTakenBackAndReportedAsAStream() throws Exception {
        try (FaultServer server = FaultServer.start(
                        FaultServer.script().readLine().reply("a\n").stall());
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().idleTimeout(Duration.ofMillis(40)));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), new ListedLines());
            remote.stream("list"); // nobody keeps it
            untilTakenBack(client);
            Callers.until("it is reported", () -> atRest.reports.leaked.size() == 1);
            assertShows(
                    atRest.reports.leaked.getFirst().takenAt(), "repliesThatAreLostAreTakenBackAndReportedAsAStream");
            assertThat(log.with("a stream of " + remote.endpoint() + " was lost without being closed"))
                    .hasSize(1);
            server.awaitOpen(0, Duration.ofSeconds(10));
        }
    }

    @Test
    void aStreamHeldForLongIsReportedOnceWithWhereItWasTaken() {
        try (FaultServer server = FaultServer.start(
                        FaultServer.script().readLine().reply("a\n").stall());
                EchoServer echo = EchoServer.start();
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().leakAfter(SOON));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), new ListedLines());
            try (Replies<String> replies = streamHere(remote)) {
                assertThat(replies.iterator().next()).isEqualTo("a");
                Callers.until("it is reported", () -> !atRest.reports.leaked.isEmpty());
                oneMoreIsReported(client, at(echo));
                oneMoreIsReported(client, at(echo));
            }
            assertThat(atRest.reports.leaked)
                    .filteredOn(leaked -> leaked.endpoint().equals(remote.endpoint()))
                    .singleElement()
                    .satisfies(leaked -> {
                        assertShows(leaked.takenAt(), "streamHere");
                        assertThat(leaked.held()).isGreaterThanOrEqualTo(SOON);
                    });
            assertThat(reported()).hasSize(3).doesNotHaveDuplicates();
            assertThat(log.with("a stream of " + remote.endpoint() + " is held and not closed"))
                    .hasSize(1);
        }
    }

    private static Replies<String> streamHere(Remote<String, String> remote) {
        return remote.stream("list");
    }

    @Test
    void aStreamThatIsLostWhileNobodyTakesItsRequestGivesPermitSocketAndWriterBack() {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead());
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().idleTimeout(Duration.ofMillis(40)));
            AtomicReference<Thread> writer = new AtomicReference<>();
            byte[] piece = new byte[64 * 1024];
            Iterator<byte[]> endless = Stream.generate(() -> {
                        writer.set(Thread.currentThread());
                        return piece;
                    })
                    .iterator();
            loseABlockedStream(client.remote(Endpoint.of(server.host(), server.port()), new Pieces()), endless, writer);
            int sockets = OpenSockets.count();
            untilTakenBack(client);
            Callers.until("its socket is closed", () -> OpenSockets.count() < sockets);
            Callers.until("its writer has ended", () -> !writer.get().isAlive());
            Callers.until("it is reported", () -> atRest.reports.leaked.size() == 1);
            assertThat(client.stats().connectionsClosed()).isEqualTo(1);
            assertShows(atRest.reports.leaked.getFirst().takenAt(), "loseABlockedStream");
            assertThat(log.with("was lost without being closed")).hasSize(1);
        }
    }

    private static void loseABlockedStream(
            Remote<Iterator<byte[]>, byte[]> remote, Iterator<byte[]> request, AtomicReference<Thread> writer) {
        Replies<byte[]> replies = remote.stream(request);
        Callers.until(
                "its writer waits", () -> writer.get() != null && writer.get().getState() == Thread.State.WAITING);
        Reference.reachabilityFence(replies);
    }

    /** Whoever iterates holds no more than the iterator. */
    @Test
    void repliesThatAreIteratedOverAreNotLost() {
        String many = "a\n".repeat(2_000) + ".\n";
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().reply(many).repeat())) {
            Client client = atRest.client(ClientOptions.builder().idleTimeout(Duration.ofMillis(40)));
            int seen = 0;
            for (String line :
                    client.remote(Endpoint.of(server.host(), server.port()), new ListedLines()).stream("list")) {
                if (seen++ % 400 == 0) {
                    collectAndSweep(client);
                }
                assertThat(line).hasSize(1);
            }
            assertThat(seen).isEqualTo(2_001);
            assertThat(atRest.reports.leaked).isEmpty();
        }
    }

    /** A canary that was lost as well is found by the same collection. */
    private static void collectAndSweep(Client client) {
        java.lang.ref.ReferenceQueue<Object> queue = new java.lang.ref.ReferenceQueue<>();
        java.lang.ref.PhantomReference<Object> canary = new java.lang.ref.PhantomReference<>(new Object(), queue);
        Callers.until("it is collected", () -> {
            System.gc();
            return queue.poll() != null;
        });
        Reference.reachabilityFence(canary);
        client.leases().sweep();
    }

    private void holdUntilReported(Client client, Endpoint endpoint) {
        Lease lease = client.lease(endpoint);
        Callers.until("it is reported", () -> atRest.reports.leaked.size() == 1);
        Reference.reachabilityFence(lease);
    }

    private static void untilTakenBack(Client client) {
        Callers.until("the permit is back", () -> {
            System.gc();
            return client.stats().permitsOut() == 0;
        });
    }

    @Test
    void itWarnsOnceWhereMostLeasesEndWithoutKeep() {
        try (EchoServer server = EchoServer.start();
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client();
            for (int i = 0; i < 60; i++) {
                try (Lease lease = client.lease(at(server))) {
                    assertThat(lease.reused()).isFalse();
                }
            }
            assertThat(log.with("ended without keep()"))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning).startsWith("20 of 20 leases of " + at(server)));
        }
    }

    @Test
    void itDoesNotWarnWhereHalfOfTheLeasesAreKeptOrTheOthersFailed() {
        try (EchoServer server = EchoServer.start();
                FaultServer silent = FaultServer.start(FaultServer.script().stall());
                Logged log = Logged.by(Leases.class)) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(1)));
            for (int i = 0; i < 60; i++) {
                try (Lease lease = client.lease(at(server))) {
                    if (i % 2 == 0) {
                        lease.keep();
                    }
                }
                try (Lease lease = client.lease(Endpoint.of(silent.host(), silent.port()))) {
                    assertThatThrownBy(() -> lease.input().read()).isInstanceOf(DeadlineExceededException.class);
                }
            }
            assertThat(log.with("")).isEmpty();
        }
    }
}
