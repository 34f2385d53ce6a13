package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.Observer;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Many callers on one connection: each gets its own reply or its own failure, and what happens to one is no business of the others. */
class SharedConnectionTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static final Codec<String, String> IN_ORDER = new PipelinedLines();
    private static final Codec<String, String> BY_ID = new TaggedText();

    static List<Codec<String, String>> bothKinds() {
        return List.of(IN_ORDER, BY_ID);
    }

    private static ClientOptions.Builder depth(int depth) {
        return ClientOptions.builder().pipelineDepth(depth).maxFrame(16 * 1024);
    }

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static Callers.InFlight<String> calling(Remote<String, String> remote, String request) {
        return Callers.onVirtualThread(() -> remote.call(request));
    }

    /** Each is sent before the next begins, so that their order is known. */
    private static List<Callers.InFlight<String>> callingInOrder(
            Client client, Remote<String, String> remote, FaultServer server, String... requests) {
        List<Callers.InFlight<String>> calls = new ArrayList<>();
        long sent = 0;
        for (String request : requests) {
            calls.add(calling(remote, request));
            int out = calls.size();
            Callers.until("a permit is out for each", () -> client.stats().permitsOut() == out);
            sent += request.length() + 1;
            long bytes = sent;
            Callers.until("it is sent", () -> bytesOut(client) >= bytes);
        }
        return calls;
    }

    private static long bytesOut(Client client) {
        return client.dump()
                .lines()
                .filter(line -> line.endsWith(" out") && line.contains(" bytes in "))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".* in (\\d+) out$", "$1")))
                .sum();
    }

    @ParameterizedTest
    @MethodSource("bothKinds")
    void aThousandCallersShareOneConnectionAndEachGetsItsOwnReply(Codec<String, String> codec) throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(1_000));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), codec);
            List<Callers.InFlight<Boolean>> callers = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                String mine = "caller " + i + " call ";
                callers.add(Callers.onVirtualThread(() -> {
                    for (int n = 0; n < 20; n++) {
                        assertThat(remote.call(mine + n)).isEqualTo(mine + n);
                    }
                    return true;
                }));
            }
            for (Callers.InFlight<Boolean> caller : callers) {
                assertThat(caller.await()).isTrue();
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(client.stats().maxPermitsOut()).isGreaterThan(500);
        }
    }

    @Test
    void aLateReplyNeverReachesTheNextCallerAndBringsItsPermitBack() throws Exception {
        FaultServer.Gate late = FaultServer.gate();
        Script script = FaultServer.script()
                .readLine()
                .await(late)
                .reply("first\n")
                .readLine()
                .reply("second\n");
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            DeadlineExceededException failure = catchThrowableOfType(
                    DeadlineExceededException.class,
                    () -> remote.within(Duration.ofMillis(300)).call("one"));
            assertThat(failure.sent()).isTrue();
            assertThat(failure.phase()).isEqualTo(Phase.READ);
            assertThat(client.stats().permitsOut())
                    .as("it stays with the reply")
                    .isEqualTo(1);
            Callers.InFlight<String> next = calling(remote, "two");
            late.open();
            assertThat(next.await()).isEqualTo("second");
            Callers.until("both permits are back", () -> client.stats().permitsOut() == 0);
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
        }
    }

    @Test
    void repliesByIdComeInAnyOrder() throws Exception {
        FaultServer.Gate all = FaultServer.gate();
        Script script =
                FaultServer.script().readLine().readLine().readLine().await(all).reply("2 third\n0 first\n1 second\n");
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            List<Callers.InFlight<String>> calls =
                    callingInOrder(client, client.remote(at(server), BY_ID), server, "a", "b", "c");
            all.open();
            assertThat(calls.get(0).await()).isEqualTo("first");
            assertThat(calls.get(1).await()).isEqualTo("second");
            assertThat(calls.get(2).await()).isEqualTo("third");
        }
    }

    @Test
    void anInterruptCostsItsCallerAndNobodyElse() throws Exception {
        FaultServer.Gate both = FaultServer.gate();
        Script script = FaultServer.script().readLine().readLine().await(both).reply("1\n2\n");
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            List<Callers.InFlight<String>> calls = callingInOrder(client, remote, server, "a", "b");
            calls.getFirst().interrupt();
            assertThatThrownBy(() -> calls.getFirst().await())
                    .isInstanceOfSatisfying(
                            CancelledException.class,
                            cancelled -> assertThat(cancelled.sent()).isTrue());
            both.open();
            assertThat(calls.getLast().await()).isEqualTo("2");
        }
    }

    /** Throws in the middle of a request named bad, and on the reply to one named worse. */
    private static final class Moody extends PipelinedLines {
        @Override
        public void write(String request, ByteWriter out) throws IOException {
            if (request.equals("bad")) {
                out.writeString("ba", StandardCharsets.UTF_8);
                throw new IllegalArgumentException("on purpose");
            }
            super.write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            String reply = super.read(request, in);
            if (request.equals("worse")) {
                throw new IllegalStateException("on purpose");
            }
            return reply;
        }
    }

    @Test
    void anEncoderThatThrowsAmongAThousandCallersHarmsNobodyElse() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(1_000));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), new Moody());
            List<Callers.InFlight<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                String mine = "caller " + i;
                callers.add(Callers.onVirtualThread(() -> {
                    int refused = 0;
                    for (int n = 0; n < 10; n++) {
                        assertThat(remote.call(mine)).isEqualTo(mine);
                        CodecException failure = catchThrowableOfType(CodecException.class, () -> remote.call("bad"));
                        refused += failure.sent() ? 0 : 1;
                    }
                    return refused;
                }));
            }
            for (Callers.InFlight<Integer> caller : callers) {
                assertThat(caller.await()).isEqualTo(10);
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aFrameOverItsBoundIsRefusedBeforeAByteIsSent() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8).maxFrame(100));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), IN_ORDER);
            CodecException failure = catchThrowableOfType(CodecException.class, () -> remote.call("x".repeat(100)));
            assertThat(failure).hasMessageContaining("over maxFrame 100");
            assertThat(failure.sent()).isFalse();
            assertThat(remote.call("x".repeat(99))).hasSize(99);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aReplyThatCannotBeReadIsItsCallersCodecFailureAndALostConnectionToTheOthers() throws Exception {
        FaultServer.Gate all = FaultServer.gate();
        Script script = FaultServer.script()
                .readLine()
                .readLine()
                .readLine()
                .await(all)
                .reply("1\n2\n3\n")
                .stall();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            List<Callers.InFlight<String>> calls =
                    callingInOrder(client, client.remote(at(server), new Moody()), server, "fine", "worse", "behind");
            all.open();
            assertThat(calls.get(0).await()).isEqualTo("1");
            assertThatThrownBy(() -> calls.get(1).await())
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("on purpose");
            assertThatThrownBy(() -> calls.get(2).await())
                    .isInstanceOfSatisfying(
                            ConnectionLostException.class,
                            lost -> assertThat(lost.sent()).isTrue())
                    .hasMessageContaining("the codec failed on the reply to another request");
        }
    }

    @Test
    void aReplyOverItsBoundEndsTheConnection() {
        Script script = FaultServer.script()
                .readLine()
                .reply("x".repeat(20_000) + "\n1\n")
                .stall();
        Script healthy = FaultServer.script().readLine().reply("2\n").stall();
        try (FaultServer server = FaultServer.start(script.then(healthy))) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            assertThatThrownBy(() -> remote.call("long"))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("maxFrame 16384");
            assertThat(remote.call("next")).isEqualTo("2");
        }
    }

    @Test
    void whatNobodyAskedForClosesTheConnection() throws Exception {
        FaultServer.Gate said = FaultServer.gate();
        Script script = FaultServer.script()
                .readLine()
                .reply("1\n")
                .await(said)
                .reply("surprise\n")
                .then(FaultServer.script().readLine().reply("2\n"));
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            assertThat(remote.call("a")).isEqualTo("1");
            said.open();
            Callers.until("it is closed", () -> client.stats().connectionsClosed() == 1);
            assertThat(remote.call("b")).isEqualTo("2");
        }
    }

    @Test
    void anUnknownIdClosesTheConnection() throws Exception {
        Script script = FaultServer.script().readLine().reply("7 whose?\n").stall();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), BY_ID);
            assertThatThrownBy(() -> remote.call("a"))
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("a reply to request 7, which is not in flight");
        }
    }

    @ParameterizedTest
    @MethodSource("bothKinds")
    void aPeerThatFallsSilentIsCutAndThePermitsComeBack(Codec<String, String> codec) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(depth(16).silence(Duration.ofMillis(300)));
            Remote<String, String> remote = client.remote(at(server), codec).within(Duration.ofMillis(30));
            List<Callers.InFlight<CallException>> calls = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                calls.add(Callers.onVirtualThread(
                        () -> catchThrowableOfType(CallException.class, () -> remote.call("anybody?"))));
            }
            for (Callers.InFlight<CallException> call : calls) {
                assertThat(call.await()).isInstanceOf(DeadlineExceededException.class);
            }
            CallException waiting = catchThrowableOfType(
                    CallException.class,
                    () -> remote.within(Duration.ofSeconds(10)).call("patient"));
            assertThat(waiting).hasMessageContaining("silence is 300 ms");
            Callers.until("all permits are back", () -> client.stats().permitsOut() == 0);
        }
    }

    /** Ten thousand for each second, of callers who could make more; {@code -Ddead.seconds=30} is the full length. */
    @ParameterizedTest
    @MethodSource("bothKinds")
    void callersWhoLeaveAPeerThatIsSilentForGoodNeverTakeMoreThanThePlaces(Codec<String, String> codec)
            throws Exception {
        int depth = 200;
        int seconds = Integer.getInteger("dead.seconds", 2);
        int most = 10_000 * seconds;
        AtomicInteger begun = new AtomicInteger();
        LongAdder timedOut = new LongAdder();
        Queue<CallException> others = new ConcurrentLinkedQueue<>();
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(depth(depth).silence(Duration.ofMillis(300)));
            Remote<String, String> remote = client.remote(at(server), codec).within(Duration.ofMillis(20));
            long start = System.nanoTime();
            List<Callers.InFlight<Boolean>> callers = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                callers.add(Callers.onVirtualThread(() -> {
                    while (begun.getAndIncrement() < most) {
                        CallException failure = catchThrowableOfType(CallException.class, () -> remote.call("x"));
                        if (failure instanceof DeadlineExceededException) {
                            timedOut.increment();
                        } else {
                            others.add(failure);
                        }
                    }
                    return true;
                }));
            }
            int places = 0;
            int permits = 0;
            for (Callers.InFlight<Boolean> caller : callers) {
                while (!caller.task().isDone()) {
                    places = Math.max(places, placesTaken(client));
                    permits = Math.max(permits, client.stats().permitsOut());
                    LockSupport.parkNanos(1_000_000);
                }
                assertThat(caller.await(Duration.ofMinutes(2))).isTrue();
            }
            System.out.printf(
                    "%s timed out=%s others=%d in %d ms, places=%d permits=%d closed=%d%n",
                    codec.getClass().getSimpleName(),
                    timedOut,
                    others.size(),
                    (System.nanoTime() - start) / 1_000_000,
                    places,
                    permits,
                    client.stats().connectionsClosed());
            assertThat(others).isEmpty();
            assertThat(timedOut.sum()).isEqualTo(most);
            assertThat(places).isBetween(1, depth);
            assertThat(permits).isBetween(1, depth);
            assertThat(client.stats().maxPermitsOut()).isEqualTo(depth);
            assertThat(client.stats().connectionsClosed())
                    .as("cut for its silence")
                    .isGreaterThan(1);
            Callers.until("all permits are back", () -> client.stats().permitsOut() == 0);
        }
    }

    /** On the connection that has the most. */
    private static int placesTaken(Client client) {
        return client.dump()
                .lines()
                .filter(line -> line.contains("in use by "))
                .mapToInt(line -> Integer.parseInt(line.replaceAll(".*in use by (\\d+).*", "$1")))
                .max()
                .orElse(0);
    }

    @Test
    void aPeerThatTakesNothingIsCutAfterSilence() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(
                    depth(64).silence(Duration.ofMillis(300)).maxFrame(1 << 20).maxMemory(1L << 31));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            String large = "x".repeat(1_000_000);
            List<Callers.InFlight<CallException>> calls = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                calls.add(Callers.onVirtualThread(
                        () -> catchThrowableOfType(CallException.class, () -> remote.call(large))));
            }
            for (Callers.InFlight<CallException> call : calls) {
                assertThat(call.await()).isNotNull();
            }
        }
    }

    @Test
    void aConnectionThatThePeerEndedIsReplacedAndItsCallersAreTold() throws Exception {
        Script script = FaultServer.script()
                .readLine()
                .close()
                .then(FaultServer.script().readLine().reply("2\n"));
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            ConnectionLostException lost = catchThrowableOfType(ConnectionLostException.class, () -> remote.call("a"));
            assertThat(lost.sent()).isTrue();
            assertThat(lost).hasMessageContaining("the peer closed the connection");
            assertThat(remote.call("b")).isEqualTo("2");
        }
    }

    @Test
    void closingTheClientCancelsWhoIsInFlight() throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().stall())) {
            Client client = atRest.client(depth(8));
            Callers.InFlight<String> call = callingInOrder(client, client.remote(at(server), IN_ORDER), server, "a")
                    .getFirst();
            client.close();
            assertThatThrownBy(call::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void oneThatIsEvictedServesWhoIsOnItAndNobodyElse() throws Exception {
        FaultServer.Gate first = FaultServer.gate();
        Script script = FaultServer.script()
                .readLine()
                .await(first)
                .reply("1\n")
                .stall()
                .then(FaultServer.script().readLine().reply("2\n"));
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            Callers.InFlight<String> before =
                    callingInOrder(client, remote, server, "a").getFirst();
            client.evict(at(server));
            assertThat(remote.call("b")).isEqualTo("2");
            first.open();
            assertThat(before.await()).isEqualTo("1");
            Callers.until(
                    "it is closed",
                    () -> atRest.reports.closed.stream()
                            .anyMatch(event -> event.reason() == ConnectionClosed.Reason.EVICTED));
        }
    }

    @Test
    void anIdleOneIsClosedAfterTheIdleTimeout() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8).idleTimeout(Duration.ofMillis(100)));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), IN_ORDER);
            assertThat(remote.call("a")).isEqualTo("a");
            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
            Callers.until("it is closed", () -> client.stats().connectionsClosed() == 1);
            assertThat(remote.call("b")).isEqualTo("b");
        }
    }

    /** It may have ended before the pool knows of it. */
    @Test
    void aPeerThatHangsUpAtOnceLeavesNothing() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().close())) {
            Client client = atRest.client(depth(64));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            for (int round = 0; round < 200; round++) {
                assertThatThrownBy(() -> remote.call("x")).isInstanceOf(CallException.class);
            }
            Callers.until(
                    client::dump,
                    () -> client.stats().connectionsIdle() == 0
                            && client.stats().connectionsInUse() == 0);
        }
    }

    @Test
    void howeverManyComeAtOnceThereAreNoMoreConnectionsThanMayBe() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Client client = atRest.client(depth(64));
            Remote<String, String> remote = client.remote(endpoint, IN_ORDER);
            for (int round = 1; round <= 300; round++) {
                List<Callers.InFlight<String>> calls = new ArrayList<>();
                for (int i = 0; i < 64; i++) {
                    calls.add(calling(remote, "x"));
                }
                for (Callers.InFlight<String> call : calls) {
                    assertThat(call.await()).isEqualTo("x");
                }
                assertThat(server.connections()).isEqualTo(round);
                client.evict(endpoint);
            }
        }
    }

    @Test
    void closeWaitsForAConnectionThatIsAboutToEnd() throws Exception {
        CountDownLatch ending = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Observer slow = new Observer() {
            @Override
            public void closed(ConnectionClosed event) {
                ending.countDown();
                assertThatCode(mayEnd::await).doesNotThrowAnyException();
            }
        };
        FaultServer.Gate reply = FaultServer.gate();
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().await(reply).reply("1\n").stall())) {
            Client client = atRest.client(depth(64).observer(slow));
            Callers.InFlight<String> last = callingInOrder(client, client.remote(at(server), IN_ORDER), server, "x")
                    .getFirst();
            client.evict(at(server));
            reply.open();
            assertThat(last.await()).isEqualTo("1");
            ending.await();
            Callers.InFlight<Boolean> closing = Callers.onVirtualThread(() -> {
                client.close();
                return true;
            });
            Callers.until("close waits", () -> closing.thread().getState() == Thread.State.TIMED_WAITING);
            mayEnd.countDown();
            assertThat(closing.await()).isTrue();
        }
    }

    @Test
    void callersOfAnEndpointThatRefusesAllHearOfIt() throws Exception {
        try (var refusing = FaultServer.refusing()) {
            Client client = atRest.client(depth(64));
            Remote<String, String> remote = client.remote(Endpoint.of(refusing.host(), refusing.port()), IN_ORDER);
            List<Callers.InFlight<UnreachableException>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                calls.add(Callers.onVirtualThread(
                        () -> catchThrowableOfType(UnreachableException.class, () -> remote.call("x"))));
            }
            for (Callers.InFlight<UnreachableException> call : calls) {
                UnreachableException failure = call.await();
                assertThat(failure).isNotNull();
                assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
                assertThat(failure.attempts()).isNotEmpty();
            }
        }
    }

    /** They ask for a place of their own, not for a spare one, so no pause between dials is theirs to spin through. */
    @Test
    void callersWithoutAPlaceHearAtOnceThatNoOtherConnectionCanBeHad() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Client client = atRest.client(depth(1).sharedConnections(2));
            Remote<String, String> remote = client.remote(
                    Endpoint.of(listener.getInetAddress().getHostAddress(), listener.getLocalPort()), IN_ORDER);
            Callers.InFlight<String> first = calling(remote, "x");
            try (Socket peer = listener.accept()) {
                assertThat(peer.getInputStream().readNBytes(2)).hasSize(2);
                listener.close();
                for (int i = 0; i < 8; i++) {
                    assertThatThrownBy(
                                    () -> remote.within(Duration.ofMillis(200)).call("y"))
                            .isInstanceOf(UnreachableException.class);
                }
                peer.getOutputStream().write("1\n".getBytes(StandardCharsets.UTF_8));
                assertThat(first.await()).isEqualTo("1");
            }
        }
    }

    @Test
    void whoIsInAHurryWhileItIsDialledIsTheOnlyOneToLeave() throws Exception {
        FaultServer.Gate banner = FaultServer.gate();
        CountDownLatch opening = new CountDownLatch(1);
        Codec<String, String> greeted = new PipelinedLines() {
            @Override
            public Codec<String, String> open(plainweave.codec.Opening on) throws IOException {
                opening.countDown();
                on.in().readLine(StandardCharsets.UTF_8);
                return this;
            }

            @Override
            public Object session() {
                return "greeted";
            }
        };
        Script script =
                FaultServer.script().await(banner).reply("hello\n").readLine().reply("1\n");
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(at(server), greeted);
            Callers.InFlight<String> patient = calling(remote, "a");
            opening.await();
            DeadlineExceededException failure = catchThrowableOfType(
                    DeadlineExceededException.class,
                    () -> remote.within(Duration.ofMillis(50)).call("b"));
            assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            assertThat(failure.sent()).isFalse();
            banner.open();
            assertThat(patient.await()).isEqualTo("1");
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
        }
    }

    @Test
    void severalConnectionsAreSharedByLoad() throws Exception {
        FaultServer.Gate all = FaultServer.gate();
        Script script = FaultServer.script().readLine().await(all).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(depth(1).sharedConnections(4));
            Remote<String, String> remote = client.remote(at(server), IN_ORDER);
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(calling(remote, "x"));
            }
            Callers.until("each has one", () -> client.stats().connectionsInUse() == 4);
            all.open();
            for (Callers.InFlight<String> call : calls) {
                assertThat(call.await()).isEqualTo("ok");
            }
        }
    }

    @Test
    void warmBringsSharedConnectionsUpAndReplacesThem() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8).sharedConnections(2)
                    .idleTimeout(Duration.ofMillis(100))
                    .maxLifetime(Duration.ofMillis(600)));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), IN_ORDER);
            remote.warm(2);
            assertThat(client.stats().connectionsIdle()).isEqualTo(2);
            assertThat(remote.call("x")).isEqualTo("x");
            assertThat(client.stats().connectionsOpened()).isEqualTo(2);
            Callers.until("two have taken their places", () -> client.stats().connectionsClosed() >= 2);
            assertThat(atRest.reports.closed)
                    .allSatisfy(event -> assertThat(event.reason()).isEqualTo(ConnectionClosed.Reason.LIFETIME));
            assertThatThrownBy(() -> remote.warm(3)).hasMessage("warm 3 is not in 0 to sharedConnections 2");
        }
    }

    @Test
    void leasesAndOtherCodecsHaveConnectionsToThemselves() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(depth(8));
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            assertThat(client.remote(endpoint, IN_ORDER).call("shared")).isEqualTo("shared");
            try (Lease lease = client.remote(endpoint, IN_ORDER).lease()) {
                lease.output().write(new byte[] {1, 2, 3});
                lease.output().flush();
                assertThat(lease.input().readNBytes(3)).containsExactly(1, 2, 3);
            }
            assertThat(client.remote(endpoint, plainweave.codec.Codecs.lines()).call("serial"))
                    .isEqualTo("serial");
            assertThat(server.connections()).isEqualTo(3);
        }
    }
}
