package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
import plainweave.codec.LinesCodec;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.time.Await;

/** Many replies to one request, in bounded memory, and requests longer than any buffer. */
class RepliesTest {
    /** A tenth of the gibibyte that -Psoak sends. */
    private static final int ECHO_MIB = Integer.getInteger("stream.echo.mib", 103);

    private static final int PIECE = 64 * 1024;

    private static final Codec<String, String> LISTS = new ListedLines();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static Endpoint at(EchoServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static byte[] refusal() {
        return new byte[] {-1, -1, -1, -1};
    }

    private static Iterator<byte[]> endless() {
        byte[] piece = new byte[PIECE];
        return Stream.generate(() -> piece).iterator();
    }

    private static <R> List<R> all(Replies<R> replies) {
        List<R> all = new ArrayList<>();
        replies.forEach(all::add);
        return all;
    }

    private static void waits(Thread thread) {
        Callers.until("it waits", () -> thread.getState() == Thread.State.WAITING);
    }

    /** By the counts that each connection shows. */
    private static long bytes(Client client, String direction) {
        return client.dump()
                .lines()
                .filter(line -> line.contains(" bytes in "))
                .mapToLong(line -> Long.parseLong(
                        direction.equals("in")
                                ? line.replaceAll(".* (\\d+) bytes in .*", "$1")
                                : line.replaceAll(".* in (\\d+) out$", "$1")))
                .sum();
    }

    @Test
    void repliesComeUntilTheLastAndTheConnectionThenServesTheNext() {
        Script script = FaultServer.script().readLine().reply("a\nb\n.\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client();
            Remote<String, String> remote = client.remote(at(server), LISTS);
            for (int i = 0; i < 3; i++) {
                try (Replies<String> replies = remote.stream("list")) {
                    assertThat(all(replies)).containsExactly("a", "b", ".");
                    assertThat(client.stats().permitsOut()).as("before close").isZero();
                    assertThat(client.stats().connectionsIdle()).isEqualTo(1);
                    assertThat(replies.iterator().hasNext()).isFalse();
                    assertThatThrownBy(() -> replies.iterator().next()).isInstanceOf(NoSuchElementException.class);
                }
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(atRest.reports.exchanges).hasSize(3).allSatisfy(report -> {
                assertThat(report.failure()).isEmpty();
                assertThat(report.progress().sent()).isTrue();
                assertThat(report.progress().nanos(Phase.READ)).isPositive();
            });
        }
    }

    @Test
    void platformThreadsStreamToo() throws Exception {
        Script script = FaultServer.script().readLine().reply("a\n.\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Remote<String, String> remote = atRest.client().remote(at(server), LISTS);
            Callers.InFlight<List<String>> caller = Callers.onPlatformThread(() -> {
                try (Replies<String> replies = remote.stream("list")) {
                    return all(replies);
                }
            });
            assertThat(caller.await()).containsExactly("a", ".");
        }
    }

    /** So many pieces, numbered at their heads. */
    private record Download(int count) implements Codec<String, byte[]> {
        byte[] all() {
            byte[] all = new byte[count * PIECE];
            new Random(count).nextBytes(all);
            for (int i = 0; i < count; i++) {
                ByteBuffer.wrap(all).putInt(i * PIECE, i);
            }
            return all;
        }

        @Override
        public void write(String request, ByteWriter out) throws IOException {
            out.writeString(request + "\n", StandardCharsets.UTF_8);
        }

        @Override
        public byte[] read(String request, ByteReader in) throws IOException {
            return in.readBytes(PIECE);
        }

        @Override
        public boolean last(String request, byte[] reply) {
            return ByteBuffer.wrap(reply).getInt() == count - 1;
        }
    }

    /** Takes the last piece once the peer has sent all it wants to. */
    private static void assertDownloads(Remote<String, byte[]> remote, byte[] all, FaultServer.Gate sent)
            throws Exception {
        int at = 0;
        try (Replies<byte[]> replies = remote.stream("all")) {
            for (byte[] piece : replies) {
                assertThat(Arrays.equals(piece, 0, PIECE, all, at, at + PIECE))
                        .as("the piece at " + at)
                        .isTrue();
                at += PIECE;
                if (at == all.length - PIECE) {
                    sent.await(Await.PATIENCE);
                }
            }
        }
        assertThat(at).isEqualTo(all.length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFastDownloadLeavesItsConnectionToTheNext(boolean tls) throws Exception {
        FaultServer.Gate sent = FaultServer.gate();
        Download download = new Download(384);
        byte[] all = download.all();
        Script sending = FaultServer.script().readLine().reply(all).open(sent).repeat();
        try (FaultServer server = FaultServer.start(tls ? TlsPeers.TLS.run(sending) : sending)) {
            Remote<String, byte[]> remote = tls
                    ? atRest.client(TlsPeers.options()).remote(TlsPeers.at(server), download)
                    : atRest.client().remote(at(server), download);
            for (int i = 0; i < 3; i++) {
                assertDownloads(remote, all, sent);
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void whatFollowsAFastDownloadIsNobodysReply() throws Exception {
        FaultServer.Gate sent = FaultServer.gate();
        Download download = new Download(384);
        byte[] all = download.all();
        byte[] more = Arrays.copyOf(all, all.length + PIECE); // sent at once, so it is read ahead
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().reply(more).open(sent).stall())) {
            Remote<String, byte[]> remote = atRest.client().remote(at(server), download);
            for (int i = 0; i < 3; i++) {
                assertDownloads(remote, all, sent);
            }
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void closedEarlyTheConnectionIsDroppedAndThePermitIsBackAtOnce() throws Exception {
        Script script = FaultServer.script().readLine().reply("a\nb\n").stall();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client();
            Replies<String> replies = client.remote(at(server), LISTS).stream("list");
            assertThat(replies.iterator().next()).isEqualTo("a");
            replies.close();
            assertThat(client.stats().permitsOut()).isZero();
            assertThat(client.stats().connectionsIdle() + client.stats().connectionsInUse())
                    .isZero();
            server.awaitOpen(0, Duration.ofSeconds(10));
            replies.close();
            assertThatThrownBy(() -> replies.iterator().hasNext())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the stream of " + at(server) + " is closed");
            assertThat(atRest.reports.exchanges).hasSize(1);
        }
    }

    @Test
    void closingFromAnotherThreadEndsARead() throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().stall())) {
            Replies<String> replies = atRest.client().remote(at(server), LISTS).stream("list");
            Callers.InFlight<Boolean> reader =
                    Callers.onVirtualThread(() -> replies.iterator().hasNext());
            server.awaitRequests(1, Duration.ofSeconds(10));
            waits(reader.thread());
            replies.close();
            assertThatThrownBy(reader::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessageContaining("it was closed meanwhile");
        }
    }

    @Test
    void whoDoesNotReadMakesThePeerWait() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            AtomicLong pulled = new AtomicLong();
            byte[] piece = new byte[PIECE];
            Iterator<byte[]> source = Stream.generate(() -> {
                        pulled.incrementAndGet();
                        return piece;
                    })
                    .iterator();
            try (Replies<byte[]> replies = client.remote(at(server), new Pieces()).stream(source)) {
                assertThat(replies.iterator().next()).hasSize(PIECE);
                standsStill(pulled);
                assertThat(bytes(client, "in")).isLessThan(2 * PIECE);
            }
        }
    }

    @Test
    void aRequestLongerThanAnyBufferIsEchoedWhileItIsSent() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            long pieces = ECHO_MIB * 1024L * 1024 / PIECE;
            Iterator<byte[]> source = Stream.iterate(0L, n -> n + 1)
                    .limit(pieces)
                    .map(RepliesTest::numbered)
                    .iterator();
            Remote<Iterator<byte[]>, byte[]> remote = client.remote(at(server), new Pieces());
            long echoed = 0;
            try (Replies<byte[]> replies = remote.stream(source)) {
                for (byte[] piece : replies) {
                    if (piece.length > 0) {
                        assertThat(number(piece)).isEqualTo(echoed);
                        echoed++;
                    }
                }
            }
            assertThat(echoed).isEqualTo(pieces);
            assertThat(client.stats().connectionsIdle()).as("kept").isEqualTo(1);
            assertThat(remote.call(List.<byte[]>of().iterator())).isEmpty();
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    private static byte[] numbered(long number) {
        byte[] piece = new byte[PIECE];
        java.nio.ByteBuffer.wrap(piece).putLong(number).putLong(PIECE - 8, number);
        return piece;
    }

    private static long number(byte[] piece) {
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(piece);
        assertThat(bytes.getLong(PIECE - 8)).isEqualTo(bytes.getLong(0));
        return bytes.getLong(0);
    }

    @Test
    void anEarlyRefusalIsTheReplyNotABrokenPipe() {
        Script script = FaultServer.script().readExactly(PIECE).reply(refusal()).close();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client();
            Remote<Iterator<byte[]>, byte[]> remote = client.remote(at(server), new Pieces());
            for (int i = 0; i < 20; i++) {
                try (Replies<byte[]> replies = remote.stream(endless())) {
                    assertThat(all(replies)).singleElement().matches(Pieces::isRefusal);
                }
                assertThat(client.stats().connectionsIdle()).isZero();
            }
            assertThat(atRest.reports.exchanges)
                    .allSatisfy(report -> assertThat(report.failure()).isEmpty());
        }
    }

    @Test
    void aRefusalOfAPeerThatReadsNoFurtherEndsTheStreamAtOnce() {
        Script script = FaultServer.script().readExactly(PIECE).reply(refusal()).neverRead();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client();
            try (Replies<byte[]> replies = client.remote(at(server), new Pieces()).stream(endless())) {
                assertThat(all(replies)).singleElement().matches(Pieces::isRefusal);
                assertThat(client.stats().permitsOut()).isZero();
            }
        }
    }

    @Test
    void aRequestThatIsHalfPulledIsNotSentAgain() throws Exception {
        FaultServer.Gate gone = FaultServer.gate();
        Script first = FaultServer.script()
                .readExactly(4)
                .reply(new byte[4])
                .await(gone)
                .reset();
        try (FaultServer server =
                FaultServer.start(first.then(FaultServer.script().stall()))) {
            Client client = atRest.client();
            Remote<Iterator<byte[]>, byte[]> remote = client.remote(at(server), new Pieces());
            Iterator<byte[]> pieces = Stream.generate(() -> new byte[1])
                    .limit(3)
                    .peek(piece -> {
                        gone.open();
                        Callers.until("it is reset", () -> server.open() == 0);
                    })
                    .iterator();
            assertThat(remote.call(List.<byte[]>of().iterator())).isEmpty();
            try (Replies<byte[]> replies = remote.stream(pieces)) {
                assertThatThrownBy(() -> replies.iterator().hasNext())
                        .isInstanceOfSatisfying(
                                ConnectionLostException.class,
                                lost -> assertThat(lost.sent()).isFalse());
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    /** The reader finds the end before, while or after the writer begins. */
    @Test
    void aRequestThatIsToldToBeUnsentNeverReachesThePeer() throws Exception {
        int unsent = 0;
        Random random = new Random(7);
        try (FaultServer server =
                FaultServer.start(FaultServer.script().halfClose().stall())) {
            Client client = atRest.client();
            Remote<Iterator<byte[]>, byte[]> remote = client.remote(at(server), new Pieces());
            for (int i = 0; i < 500; i++) {
                long before = server.bytesRead();
                int micros = 1 << random.nextInt(12);
                Iterator<byte[]> request = Stream.of(new byte[1])
                        .peek(piece -> LockSupport.parkNanos(1_000L * micros))
                        .iterator();
                ConnectionLostException lost = catchThrowableOfType(ConnectionLostException.class, () -> {
                    try (Replies<byte[]> replies = remote.stream(request)) {
                        replies.iterator().hasNext();
                    }
                });
                server.awaitOpen(0, Duration.ofSeconds(10));
                if (!lost.sent()) {
                    unsent++;
                    assertThat(server.bytesRead()).isEqualTo(before);
                }
            }
        }
        assertThat(unsent).as("of 500").isPositive();
    }

    /** An interrupt may hit the writer after the system took its bytes, and before it hears of that. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRequestThatThePeerHasReadIsToldToBeSentHoweverItEnds(boolean stream) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            Remote<Iterator<byte[]>, byte[]> remote = client.remote(at(server), new Pieces());
            int told = 0;
            for (int i = 0; i < 1_000; i++) {
                long before = server.bytesRead();
                AtomicReference<Replies<byte[]>> replies = new AtomicReference<>();
                Callers.InFlight<Throwable> ended = Callers.onVirtualThread(() -> catchThrowable(() -> {
                    Iterator<byte[]> request = List.of(new byte[1]).iterator();
                    if (stream) {
                        replies.set(remote.stream(request));
                        replies.get().iterator().hasNext();
                    } else {
                        remote.call(request);
                    }
                }));
                while (server.bytesRead() == before) {
                    Thread.onSpinWait();
                }
                if (stream) {
                    Callers.until("it has begun", () -> replies.get() != null);
                    replies.get().close();
                } else {
                    ended.interrupt();
                }
                if (ended.await() instanceof CallException failure) { // or it was closed before anybody read
                    assertThat(failure.sent()).as("round %d", i).isTrue();
                    told++;
                }
                server.awaitOpen(0, Duration.ofSeconds(10));
            }
            assertThat(told).as("of 1,000").isPositive();
        }
    }

    @Test
    void closingEarlyUnderTlsDoesNotWaitForAPeerThatTakesNothing() throws Exception {
        try (FaultServer plain =
                        FaultServer.start(FaultServer.script().readExactly(1).neverRead());
                FaultServer secured =
                        FaultServer.start(TlsPeers.TLS.readExactly(1).neverRead())) {
            Client client = atRest.client(TlsPeers.options());
            Await.within(Duration.ofMillis(250), () -> {
                long control = timeToClose(client.remote(at(plain), new Pieces()), plain);
                return timeToClose(client.remote(TlsPeers.at(secured), new Pieces()), secured) - control;
            });
        }
    }

    private static long timeToClose(Remote<Iterator<byte[]>, byte[]> remote, FaultServer server) throws Exception {
        AtomicLong pulled = new AtomicLong();
        byte[] piece = new byte[PIECE];
        int before = server.requests();
        Replies<byte[]> replies = remote.stream(Stream.generate(() -> {
                    pulled.incrementAndGet();
                    return piece;
                })
                .iterator());
        server.awaitRequests(before + 1, Duration.ofSeconds(10));
        standsStill(pulled);
        long start = System.nanoTime();
        replies.close();
        return System.nanoTime() - start;
    }

    private static void standsStill(AtomicLong pulled) {
        Callers.until("the request stands still", () -> {
            long before = pulled.get();
            LockSupport.parkNanos(50_000_000);
            return before == pulled.get();
        });
    }

    @Test
    void aSourceThatThrowsEndsItsStreamAndNoOther() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Remote<Iterator<byte[]>, byte[]> remote = client.remote(at(server), new Pieces());
            byte[] piece = new byte[PIECE];
            try (Replies<byte[]> other =
                    remote.stream(Stream.generate(() -> piece).limit(3).iterator())) {
                assertThat(other.iterator().next()).hasSize(PIECE);
                for (RuntimeException thrown :
                        List.of(new IllegalStateException("the disk"), new NumberFormatException("the row"))) {
                    Iterator<byte[]> failing = Stream.generate(() -> piece)
                            .limit(2)
                            .map(p -> {
                                throw thrown;
                            })
                            .map(p -> piece)
                            .iterator();
                    try (Replies<byte[]> replies = remote.stream(failing)) {
                        Iterator<byte[]> iterator = replies.iterator();
                        assertThatThrownBy(iterator::hasNext)
                                .isInstanceOf(CodecException.class)
                                .hasMessageContaining(thrown.getMessage())
                                .hasCause(thrown);
                        assertThatThrownBy(iterator::hasNext).as("again").isInstanceOf(CodecException.class);
                    }
                }
                assertThat(all(other)).hasSize(3);
            }
        }
    }

    @Test
    void aSourceThatIsWaitedForIsInterruptedOnceNobodyWantsTheStream() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            CountDownLatch interrupted = new CountDownLatch(1);
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch never = new CountDownLatch(1);
            Iterator<byte[]> source = Stream.<byte[]>generate(() -> {
                        asked.countDown();
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            interrupted.countDown();
                        }
                        throw new IllegalStateException("interrupted");
                    })
                    .iterator();
            Replies<byte[]> replies = atRest.client().remote(at(server), new Pieces()).stream(source);
            asked.await();
            replies.close();
            assertThat(interrupted.await(10, java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void theTimeLimitEndsTheWaitForTheFirstReplyAndSilenceThatForOthers() {
        FaultServer.Gate never = FaultServer.gate();
        Script script = FaultServer.script().readLine().reply("a\n").readLine().await(never);
        Script silent = FaultServer.script().stall();
        try (FaultServer server = FaultServer.start(silent.then(script))) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(80)));
            Remote<String, String> remote =
                    client.remote(at(server), LISTS).until(plainweave.call.Deadline.after(Duration.ofMillis(390)));
            try (Replies<String> replies = remote.stream("list")) {
                assertThatThrownBy(() -> replies.iterator().hasNext())
                        .isInstanceOfSatisfying(DeadlineExceededException.class, late -> {
                            assertThat(late.phase()).isEqualTo(Phase.READ);
                            assertThat(late.sent()).isTrue();
                            assertThat(late.getMessage()).containsPattern(" of [23]\\d\\d ms in READ");
                        });
                assertThat(client.stats().permitsOut()).as("before close").isZero();
            }
            try (Replies<String> replies = client.remote(at(server), LISTS).stream("list")) {
                assertThat(replies.iterator().next()).isEqualTo("a");
                long start = System.nanoTime();
                Callers.until("longer than silence", () -> System.nanoTime() - start > 100_000_000);
                assertThatThrownBy(() -> replies.iterator().hasNext())
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContaining("silence 80.0 ms");
                assertThat(System.nanoTime() - start)
                        .as("it counts while somebody waits")
                        .isGreaterThan(180_000_000);
            }
            never.open();
        }
    }

    @Test
    void aTotalHoldsOverTheWholeStream() {
        Script script = FaultServer.script().readLine().drip("a\n".repeat(10_000), Duration.ofMillis(1));
        try (FaultServer server = FaultServer.start(script)) {
            Remote<String, String> remote =
                    atRest.client().remote(at(server), LISTS).within(Duration.ofMillis(300));
            try (Replies<String> replies = remote.stream("list")) {
                assertThat(replies.iterator().next()).isEqualTo("a");
                assertThatThrownBy(() -> all(replies))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContaining(" of 300 ms in READ");
            }
        }
    }

    /** The time limit of a stream is for its first reply, which an upload need not have sent everything for. */
    @Test
    void anUploadThatMovesOnIsNotCutForTakingLongerThanTheLimit() {
        Script script = FaultServer.script().readUntil("end").reply(new byte[4]);
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client(
                    ClientOptions.builder().timeout(Duration.ofMillis(100)).silence(Duration.ofMillis(500)));
            long end = System.nanoTime() + 300_000_000;
            byte[] piece = new byte[PIECE];
            Iterator<byte[]> slow = Stream.concat(
                            Stream.iterate(0, n -> System.nanoTime() - end < 0, n -> n + 1)
                                    .map(n -> {
                                        LockSupport.parkNanos(10_000_000);
                                        return piece;
                                    }),
                            Stream.of("end".getBytes(StandardCharsets.US_ASCII)))
                    .iterator();
            try (Replies<byte[]> replies = client.remote(at(server), new Pieces()).stream(slow)) {
                assertThat(all(replies))
                        .singleElement()
                        .satisfies(last -> assertThat(last).isEmpty());
            }
        }
    }

    @Test
    void anUploadThatStandsStillIsCutBySilence() {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(
                    ClientOptions.builder().timeout(Duration.ofMillis(50)).silence(Duration.ofMillis(100)));
            try (Replies<byte[]> replies = client.remote(at(server), new Pieces()).stream(endless())) {
                assertThatThrownBy(() -> replies.iterator().hasNext())
                        .isInstanceOfSatisfying(DeadlineExceededException.class, late -> {
                            assertThat(late.phase()).isEqualTo(Phase.WRITE);
                            assertThat(late.sent()).isTrue();
                            assertThat(late).hasMessageContaining("silence 100 ms");
                        });
            }
        }
    }

    @Test
    void anInterruptEndsTheWaitAndTheFlagStays() throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().stall())) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> caller = Callers.onVirtualThread(() -> {
                try (Replies<String> replies = client.remote(at(server), LISTS).stream("list")) {
                    assertThatThrownBy(() -> replies.iterator().hasNext()).isInstanceOf(CancelledException.class);
                    return Thread.interrupted();
                }
            });
            server.awaitRequests(1, Duration.ofSeconds(10));
            waits(caller.thread());
            caller.interrupt();
            assertThat(caller.await()).isTrue();
        }
    }

    @Test
    void aStreamIsSentAgainOnlyWhereThatDoesNoHarm() {
        Script once = FaultServer.script().readLine().reply("a\n.\n").readLine().close();
        Script healthy = FaultServer.script().readLine().reply("b\n.\n").repeat();
        for (boolean repeatable : new boolean[] {true, false}) {
            try (FaultServer server = FaultServer.start(once.then(healthy))) {
                Client client = atRest.client();
                Remote<String, String> remote = client.remote(at(server), LISTS);
                try (Replies<String> replies = remote.stream("first")) {
                    assertThat(all(replies)).containsExactly("a", ".");
                }
                try (Replies<String> replies = remote.stream(repeatable ? "again" : "only once")) {
                    if (repeatable) {
                        assertThat(all(replies)).containsExactly("b", ".");
                    } else {
                        assertThatThrownBy(() -> all(replies))
                                .isInstanceOfSatisfying(
                                        ConnectionLostException.class,
                                        lost -> assertThat(lost.sent()).isTrue());
                    }
                }
                assertThat(server.connections()).isEqualTo(repeatable ? 2 : 1);
                assertThat(client.stats().connectionsIdle()).isEqualTo(repeatable ? 1 : 0);
            }
        }
        assertThat(atRest.reports.exchanges)
                .filteredOn(report -> report.progress().attempts() == 2)
                .hasSize(1);
    }

    @Test
    void aPeerThatIsCutOffInTheMiddleIsAConnectionLost() {
        Script script = FaultServer.script().readLine().reply("a\nb").close();
        try (FaultServer server = FaultServer.start(script);
                Replies<String> replies = atRest.client().remote(at(server), LISTS).stream("list")) {
            Iterator<String> iterator = replies.iterator();
            assertThat(iterator.next()).isEqualTo("a");
            assertThatThrownBy(iterator::next)
                    .isInstanceOf(ConnectionLostException.class)
                    .hasMessageContaining("after 1 bytes of the frame");
        }
    }

    @Test
    void whereThereIsNoConnectionTheStreamSaysSo() {
        try (var refusing = FaultServer.refusing()) {
            Remote<String, String> remote =
                    atRest.client().remote(Endpoint.of(refusing.host(), refusing.port()), LISTS);
            assertThatThrownBy(() -> remote.stream("list")).isInstanceOf(UnreachableException.class);
        }
    }

    @Test
    void aCodecThatThrowsInTheMiddleEndsTheStream() {
        LinesCodec failing = new ListedLines() {
            @Override
            public String read(String request, ByteReader in) throws java.io.IOException {
                String line = super.read(request, in);
                if (line.equals("b")) {
                    throw new IllegalArgumentException("no b");
                }
                return line;
            }
        };
        Script script = FaultServer.script().readLine().reply("a\nb\n.\n").stall();
        try (FaultServer server = FaultServer.start(script)) {
            Client client = atRest.client();
            try (Replies<String> replies = client.remote(at(server), failing).stream("list")) {
                assertThat(replies.iterator().next()).isEqualTo("a");
                assertThatThrownBy(() -> replies.iterator().next())
                        .isInstanceOf(CodecException.class)
                        .hasMessageContaining("no b");
                assertThat(client.stats().permitsOut()).isZero();
            }
        }
    }

    @Test
    void aSharedRemoteStreamsOnAConnectionOfItsOwn() {
        LinesCodec listed = new ListedLines() {
            @Override
            public boolean pipelines() {
                return true;
            }
        };
        Script script = FaultServer.script().readLine().reply("a\nb\n.\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client client =
                    atRest.client(ClientOptions.builder().pipelineDepth(8).maxFrame(1_024));
            try (Replies<String> replies = client.remote(at(server), listed).stream("list")) {
                Replies<String> other = client.remote(at(server), listed).stream("list");
                assertThat(all(replies)).containsExactly("a", "b", ".");
                assertThat(all(other)).containsExactly("a", "b", ".");
                assertThat(server.connections()).isEqualTo(2);
            }
        }
    }

    /** Its other replies would be taken for those of the next call. */
    @Test
    void aCallWhoseReplyIsNotTheLastLeavesNoConnectionBehind() {
        LinesCodec pipelined = new ListedLines() {
            @Override
            public boolean pipelines() {
                return true;
            }
        };
        Script script = FaultServer.script().readLine().reply("a\n").repeat();
        try (FaultServer server = FaultServer.start(script)) {
            Client serial = atRest.client();
            assertThat(serial.remote(at(server), LISTS).call("list")).isEqualTo("a");
            assertThat(serial.stats().connectionsIdle()).isZero();
            Client shared =
                    atRest.client(ClientOptions.builder().pipelineDepth(8).maxFrame(1_024));
            assertThat(shared.remote(at(server), pipelined).call("list")).isEqualTo("a");
            Callers.until("the connection has ended", () -> shared.stats().connectionsClosed() == 1);
        }
    }

    @Test
    void closingTheClientCutsAStreamAfterTheDrain() throws Exception {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().reply("a\n").stall())) {
            Client client = atRest.client();
            try (Replies<String> replies = client.remote(at(server), LISTS).stream("list")) {
                assertThat(replies.iterator().next()).isEqualTo("a");
                Callers.InFlight<Boolean> closing = Callers.onVirtualThread(() -> {
                    client.close();
                    return true;
                });
                assertThatThrownBy(() -> replies.iterator().next())
                        .isInstanceOf(CancelledException.class)
                        .hasMessageContaining("the client was closed");
                assertThat(closing.await()).isTrue();
            }
            assertThatThrownBy(() -> client.remote(at(server), LISTS).stream("list"))
                    .isInstanceOf(CallException.class);
        }
    }
}
