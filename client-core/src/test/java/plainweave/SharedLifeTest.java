package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Opening;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** How shared connections come and go, and how many of them there are. */
class SharedLifeTest {
    private static final Codec<String, String> IN_ORDER = new PipelinedLines();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(EchoServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static ClientOptions.Builder depth(int depth) {
        return ClientOptions.builder().pipelineDepth(depth).maxFrame(16 * 1024);
    }

    @Test
    void idleOnesAreBoundedLikeAnyOthers() {
        List<EchoServer> servers = new ArrayList<>();
        try {
            Client client = atRest.client(depth(8).maxIdle(2));
            for (int i = 0; i < 6; i++) {
                servers.add(EchoServer.start());
                assertThat(client.remote(at(servers.getLast()), IN_ORDER).call("x"))
                        .isEqualTo("x");
            }
            Callers.until(client::dump, () -> client.stats().connectionsIdle() == 2);
            Callers.until(client::dump, () -> client.stats().connectionsClosed() == 4);
            assertThat(atRest.reports.closed)
                    .allSatisfy(event -> assertThat(event.reason()).isEqualTo(Reason.SURPLUS));
            assertThat(servers.getLast().open()).as("the latest stays").isEqualTo(1);
        } finally {
            servers.forEach(EchoServer::close);
        }
    }

    @Test
    void whereNoneMayBeIdleCallsAreServedNevertheless() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8).maxIdle(0));
            for (int i = 0; i < 20; i++) {
                assertThat(client.remote(at(server), IN_ORDER).call("x")).isEqualTo("x");
            }
        }
    }

    @Test
    void anIdleOneKeepsNobodysThread() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8).leakAfter(Duration.ofMillis(400))); // so that it is put to rest soon
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            WeakReference<Thread> caller = new WeakReference<>(callerOf(remote));

            Callers.until("its thread is let go of", () -> {
                System.gc();
                return caller.get() == null;
            });
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
        }
    }

    private static Thread callerOf(Remote<String, String> remote) throws InterruptedException {
        Thread caller = new Thread(() -> remote.call("x"));
        caller.start();
        caller.join();
        return caller;
    }

    @Test
    void anIdleOneMakesRoomForALease() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(1));
            assertThat(client.remote(at(server), IN_ORDER).call("x")).isEqualTo("x");
            try (Lease lease = client.lease(at(server))) {
                assertThat(lease.endpoint()).isEqualTo(at(server));
                Callers.until(client::dump, () -> server.open() == 1);
            }
        }
    }

    @Test
    void dumpTellsWhoIsOnIt() {
        FaultServer.Gate reply = FaultServer.gate();
        Script script =
                FaultServer.script().readLine().await(reply).reply("1\n").stall();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Callers.InFlight<String> call = Callers.onVirtualThread(
                    () -> client.remote(at(server), IN_ORDER).call("x"));
            Callers.until(client::dump, () -> client.dump().contains("in use by 1, open for"));
            reply.open();
            Callers.until(client::dump, () -> client.dump().contains(" idle for "));
            assertThat(call.thread()).isNotNull();
        }
    }

    @Test
    void aLeaseIsNoneOfThoseThatWarmKeepsUp() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            try (Lease lease = remote.lease()) {
                remote.warm(1);
                assertThat(client.stats().connectionsOpened()).isEqualTo(2);
                assertThat(client.stats().connectionsIdle()).isEqualTo(1);
                assertThat(lease.endpoint()).isEqualTo(at(server));
            }
        }
    }

    /** Ids up to one; a request named slow waits where it is encoded. */
    private static final class TwoIds extends TaggedText {
        private final CountDownLatch encoding = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final List<Long> used = new ArrayList<>();

        @Override
        public long maxId() {
            return 1;
        }

        @Override
        public void write(String request, long id, ByteWriter out) throws IOException {
            if (request.equals("slow")) {
                encoding.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            } else {
                used.add(id);
            }
            super.write(request, id, out);
        }
    }

    @Test
    void anIdIsTakenFromWhenItsRequestIsEncoded() throws Exception {
        TwoIds codec = new TwoIds();
        try (EchoServer server = EchoServer.start()) {
            Remote<String, String> remote = atRest.client(depth(2)).remote(at(server), codec);
            Callers.InFlight<String> slow = Callers.onVirtualThread(() -> remote.call("slow"));
            codec.encoding.await();
            for (int i = 0; i < 3; i++) {
                assertThat(remote.call("quick")).isEqualTo("quick");
            }
            codec.goOn.countDown();
            assertThat(slow.await()).isEqualTo("slow");
            assertThat(codec.used).containsExactly(1L, 1L, 1L);
        }
    }

    @Test
    void anIdThatWasNotSentIsFreeAgain() {
        TaggedText throwing = new TaggedText() {
            @Override
            public long maxId() {
                return 1;
            }

            @Override
            public void write(String request, long id, ByteWriter out) throws IOException {
                if (request.equals("bad")) {
                    throw new IllegalArgumentException("on purpose");
                }
                if (request.equals("hidden")) {
                    try {
                        out.write(new byte[20_000]);
                    } catch (IOException e) {
                        return; // what the writer refused it remembers
                    }
                }
                super.write(request, id, out);
            }
        };
        try (EchoServer server = EchoServer.start()) {
            Remote<String, String> remote = atRest.client(depth(2)).remote(at(server), throwing);
            for (int i = 0; i < 10; i++) {
                String bad = i % 2 == 0 ? "bad" : "hidden";
                assertThatThrownBy(() -> remote.call(bad)).isInstanceOf(CodecException.class);
                assertThat(remote.call("good")).isEqualTo("good");
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aCodecWithTooFewIdsIsRefusedBeforeAnythingIsDialled() {
        TaggedText few = new TaggedText() {
            @Override
            public long maxId() {
                return 6;
            }
        };
        Client client = atRest.client(depth(8));
        assertThatThrownBy(() -> client.remote(Endpoint.of("localhost", 1), few))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxId 6 of ")
                .hasMessageContaining("too few ids for a pipelineDepth of 8");
    }

    @Test
    void whatOpenReturnsHasToShareAsItsCodecDoes() {
        TaggedText turning = new TaggedText() {
            @Override
            public Codec<String, String> open(Opening on) {
                return new ListedLines();
            }

            @Override
            public Object session() {
                return "turned";
            }
        };
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), turning);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> remote.call("x"))
                        .isInstanceOfSatisfying(
                                UnreachableException.class,
                                failure -> assertThat(failure.phase()).isEqualTo(Phase.OPEN))
                        .hasMessageContaining("which cannot share a connection");
            }
            Callers.until("none of them stays", () -> server.open() == 0);
        }
    }

    @Test
    void aCodecThatReadsNothingIsTheCodecsFailure() {
        PipelinedLines nothing = new PipelinedLines() {
            @Override
            @SuppressWarnings("NullAway") // what a codec may not do
            public String read(String request, ByteReader in) throws IOException {
                in.readLine(StandardCharsets.UTF_8);
                return null;
            }
        };
        try (EchoServer server = EchoServer.start()) {
            Remote<String, String> shared = atRest.client(depth(8)).remote(at(server), nothing);
            Remote<String, String> serial = atRest.client().remote(at(server), nothing);
            for (Remote<String, String> remote : List.of(shared, serial)) {
                assertThatThrownBy(() -> remote.call("x"))
                        .isInstanceOf(CodecException.class)
                        .hasMessageContaining("read() returned null");
                try (Replies<String> replies = remote.stream("x")) {
                    assertThatThrownBy(() -> replies.iterator().hasNext())
                            .isInstanceOf(CodecException.class)
                            .hasMessageContaining("read() returned null");
                }
            }
        }
    }

    @Test
    void aSpareThatCannotBeDialledIsNotTriedByEveryCall() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        FaultServer.Gate reply = FaultServer.gate();
        PipelinedLines onlyOne = new PipelinedLines() {
            @Override
            public Codec<String, String> open(Opening on) throws IOException {
                if (opened.incrementAndGet() > 1) {
                    throw new IOException("one is all you get");
                }
                return this;
            }

            @Override
            public Object session() {
                return "one";
            }
        };
        Script script =
                FaultServer.script().readLine().await(reply).reply("held\n").run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(200).sharedConnections(2));
            Remote<String, String> remote = client.remote(at(server), onlyOne);
            Callers.InFlight<String> first = Callers.onVirtualThread(() -> remote.call("first"));
            server.awaitRequests(1, Duration.ofSeconds(10));
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                calls.add(Callers.onVirtualThread(() -> remote.call("x")));
            }
            Callers.until("all are on the one", () -> client.dump().contains("in use by 151"));
            Callers.until("a spare was tried", () -> opened.get() > 1);
            int tried = opened.get();
            reply.open();
            assertThat(first.await()).isEqualTo("held");
            for (Callers.InFlight<String> call : calls) {
                assertThat(call.await()).isEqualTo("x");
            }
            assertThat(tried).isLessThan(20);
        }
    }

    /** Echoes lines, and after a few of them says something nobody asked for, in one piece with a reply. */
    private static Script surprising(int replies) {
        Script script = FaultServer.script();
        for (int i = 1; i < replies; i++) {
            script = script.run(TlsPeers.ECHO_LINE);
        }
        return script.readLine()
                .replyWith(line ->
                        (new String(line, StandardCharsets.UTF_8) + "\nsurprise\n").getBytes(StandardCharsets.UTF_8))
                .run(TlsPeers.ECHO_LINES);
    }

    @Test
    void whatCameBeforeTheRequestWasSentIsNotItsReply() throws Exception {
        Script script = surprising(3);
        for (int i = 0; i < 400; i++) {
            script = surprising(1 + i % 5).then(script);
        }
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(1).permitsPerEndpoint(1).permitsTotal(1));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            List<Callers.InFlight<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                String mine = "caller " + i + " call ";
                callers.add(Callers.onVirtualThread(() -> {
                    int lost = 0;
                    for (int n = 0; server.connections() < 400; n++) {
                        try {
                            assertThat(remote.call(mine + n)).isEqualTo(mine + n);
                        } catch (ConnectionLostException e) {
                            lost++;
                        }
                    }
                    return lost;
                }));
            }
            for (Callers.InFlight<Integer> caller : callers) {
                assertThat(caller.await()).isNotNegative();
            }
        }
    }

    /** Three requests of which the second, a long one, and the third are taken together by the writer. */
    @Test
    void aRequestBehindALongOneIsSilentOnlyFromWhenItWasSent() throws Exception {
        String large = "x".repeat(12 << 20); // more than the kernel takes
        FaultServer.Gate one = FaultServer.gate();
        FaultServer.Gate two = FaultServer.gate();
        FaultServer.Gate three = FaultServer.gate();
        Script script = FaultServer.script()
                .receiveBuffer(64 * 1024)
                .readExactly(1)
                .await(one)
                .readLine()
                .reply("one\n")
                .readExactly(1)
                .await(two)
                .readLine()
                .reply("two\n")
                .readLine()
                .await(three)
                .reply("three\n");
        try (FaultServer server = FaultServer.start(script)) {
            Client client =
                    atRest.client(depth(4).permitsTotal(4).maxFrame(16 << 20).silence(Duration.ofSeconds(5)));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            Callers.InFlight<String> first = Callers.onVirtualThread(() -> remote.call(large));
            server.awaitRequests(1, Duration.ofSeconds(10));
            Callers.InFlight<String> second = waiting(() -> remote.call(large));
            Callers.InFlight<String> third = waiting(() -> remote.call("small"));
            one.open();
            assertThat(first.await()).isEqualTo("one");
            server.awaitRequests(3, Duration.ofSeconds(10));
            passes(Duration.ofMillis(2_750));
            two.open();
            assertThat(second.await()).isEqualTo("two");
            server.awaitRequests(5, Duration.ofSeconds(10));
            passes(Duration.ofMillis(2_750));
            three.open();
            assertThat(third.await()).isEqualTo("three");
        }
    }

    private static Callers.InFlight<String> waiting(Callable<String> call) {
        Callers.InFlight<String> caller = Callers.onVirtualThread(call);
        Callers.until("it waits", () -> caller.thread().getState() == Thread.State.WAITING);
        return caller;
    }

    /** Longer than half of the silence, so that twice that is more than all of it. */
    private static void passes(Duration time) {
        long start = System.nanoTime();
        Callers.until("it has passed", () -> System.nanoTime() - start > time.toNanos());
    }

    @Test
    void whatWasNotSentGoesOnceToAnotherConnection() throws Exception {
        FaultServer.Gate full = FaultServer.gate();
        Script script = FaultServer.script().readExactly(1).await(full).reset().then(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(script)) {
            Client client =
                    atRest.client(depth(32).permitsTotal(32).maxFrame(32 << 20).maxMemory(4L << 30));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            Callers.InFlight<CallException> large = Callers.onVirtualThread(() ->
                    catchThrowableOfType(CallException.class, () -> remote.call("x".repeat(16 << 20))));
            server.awaitRequests(1, Duration.ofSeconds(10));
            List<Callers.InFlight<String>> small = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String mine = "small " + i;
                small.add(waiting(() -> remote.call(mine)));
            }
            Callers.until(client::dump, () -> client.dump().contains("in use by 21"));
            full.open();
            assertThat(large.await())
                    .isInstanceOfSatisfying(
                            ConnectionLostException.class,
                            lost -> assertThat(lost.sent()).isTrue());
            for (int i = 0; i < 20; i++) {
                assertThat(small.get(i).await()).isEqualTo("small " + i);
            }
            assertThat(atRest.reports.exchanges.stream()
                            .filter(report -> report.failure().isEmpty())
                            .map(report -> report.progress().attempts()))
                    .hasSize(20)
                    .containsOnly(2);
        }
    }
}
