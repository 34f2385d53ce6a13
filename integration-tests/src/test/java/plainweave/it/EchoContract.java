package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Lease;
import plainweave.Remote;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.it.Callers.Caller;
import plainweave.observe.ClientStats;

/** What callers of a server that echoes bytes can rely on, on either kind of thread. No test leaves anything behind. */
@ParameterizedClass(name = "{0} callers")
@EnumSource(Callers.class)
abstract class EchoContract {
    private static final int PERMITS = 3;
    private static final int MAX_FRAME = 64 * 1024;

    @Parameter
    Callers callers;

    @RegisterExtension
    final AtRest atRest = new AtRest(this::connectionsOfServer);

    private Client client;
    private Remote<String, String> echo;

    /** Where the server listens. */
    abstract Endpoint endpoint();

    /** How many connections the server has open. */
    abstract int connectionsOfServer();

    @BeforeEach
    void open() {
        client = atRest.client(
                ClientOptions.builder().permitsPerEndpoint(PERMITS).maxFrame(MAX_FRAME));
        echo = client.remote(endpoint(), Codecs.lines());
    }

    @Test
    void aLineComesBackAsItWasSent() throws Exception {
        String line = "warp and weft, Kette und Schuss, 経糸";

        assertThat(callers.call(() -> echo.call(line))).isEqualTo(line);
    }

    @Test
    void anEmptyLineComesBack() throws Exception {
        assertThat(callers.call(() -> echo.call(""))).isEmpty();
    }

    @Test
    void aLineThatFillsTheFrameComesBack() throws Exception {
        String line = "x".repeat(MAX_FRAME - 1);

        assertThat(callers.call(() -> echo.call(line))).isEqualTo(line);
    }

    @Test
    void oneCallAfterTheOtherUsesOneConnection() throws Exception {
        for (int i = 0; i < 10; i++) {
            String line = "line " + i;
            assertThat(callers.call(() -> echo.call(line))).isEqualTo(line);
        }

        assertThat(client.stats().connectionsOpened()).isOne();
    }

    @Test
    void aRequestOverTheFrameBoundIsRefusedBeforeAnyOfItIsSent() throws Exception {
        CodecException refused =
                catchThrowableOfType(CodecException.class, () -> callers.call(() -> echo.call("x".repeat(MAX_FRAME))));

        assertThat(refused).hasMessageContaining("maxFrame " + MAX_FRAME);
        assertThat(refused.phase()).isEqualTo(Phase.WRITE);
        assertThat(refused.sent()).isFalse();
        assertThat(callers.call(() -> echo.call("next"))).isEqualTo("next");
    }

    @Test
    void aReplyOverTheFrameBoundIsRefusedAndItsConnectionNotUsedAgain() throws Exception {
        assertThat(callers.call(() -> echo.call("before"))).isEqualTo("before");

        Remote<String, String> twice = client.remote(endpoint(), new TwiceInOneLine());
        CodecException refused = catchThrowableOfType(
                CodecException.class, () -> callers.call(() -> twice.call("x".repeat(MAX_FRAME / 2))));

        assertThat(refused).hasMessageContaining("maxFrame " + MAX_FRAME);
        assertThat(refused.phase()).isEqualTo(Phase.READ);
        assertThat(refused.sent()).isTrue();
        assertThat(callers.call(() -> echo.call("after"))).isEqualTo("after");
        assertThat(client.stats().connectionsOpened()).isEqualTo(2);
    }

    @Test
    void manyCallersOnFewPermitsEachGetTheirOwnReply() throws Exception {
        int count = 60;
        int calls = 20;
        List<Held> all = holdEveryPermit();
        List<Caller<List<String>>> started = IntStream.range(0, count)
                .mapToObj(caller -> callers.start(() -> {
                    List<String> replies = new ArrayList<>();
                    for (int call = 0; call < calls; call++) {
                        replies.add(echo.call("caller " + caller + " call " + call));
                    }
                    return replies;
                }))
                .toList();
        Eventually.is(count + " callers wait", () -> client.stats().waiting() == count);
        release(all);

        for (int caller = 0; caller < count; caller++) {
            int number = caller;
            assertThat(started.get(caller).outcome())
                    .containsExactlyElementsOf(IntStream.range(0, calls)
                            .mapToObj(call -> "caller " + number + " call " + call)
                            .toList());
        }
        ClientStats stats = client.stats();
        assertThat(stats.maxPermitsOut()).isEqualTo(PERMITS);
        assertThat(stats.connectionsIdle()).isBetween(1, PERMITS);
        assertThat(stats.connectionsOpened())
                .as("connections for %d calls", count * calls)
                .isLessThan(count);
    }

    @Test
    void whoWaitsGoesByPriority() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        Remote<String, String> noted = client.remote(endpoint(), new Noting(order));
        List<Held> all = holdEveryPermit();
        List<Caller<String>> started = new ArrayList<>();
        for (Priority priority : List.of(Priority.BACKGROUND, Priority.NORMAL, Priority.URGENT)) {
            started.add(callers.start(() -> noted.with(priority).call(priority.toString())));
            Eventually.is(priority + " waits", () -> client.stats().waiting() == started.size());
        }

        all.getFirst().release(); // one permit for the three, so they go one by one
        for (Caller<String> caller : started) {
            caller.outcome();
        }
        release(all);

        assertThat(order).containsExactly("URGENT", "NORMAL", "BACKGROUND");
    }

    @Test
    void aCallThatFindsNoPermitEndsByItsDeadline() throws Exception {
        List<Held> all = holdEveryPermit();

        DeadlineExceededException late = catchThrowableOfType(
                DeadlineExceededException.class,
                () -> callers.call(() -> echo.within(Duration.ofMillis(50)).call("late")));
        release(all);

        assertThat(late.phase()).isEqualTo(Phase.QUEUE);
        assertThat(late.sent()).isFalse();
        assertThat(late.progress().totalNanos())
                .isGreaterThanOrEqualTo(Duration.ofMillis(50).toNanos());
    }

    @Test
    void anInterruptedCallerLeavesTheQueue() throws Exception {
        List<Held> all = holdEveryPermit();
        Caller<Boolean> waiting = callers.start(() -> {
            assertThatThrownBy(() -> echo.call("never sent")).isInstanceOf(CancelledException.class);
            return Thread.currentThread().isInterrupted();
        });
        Eventually.is("one waits", () -> client.stats().waiting() == 1);

        waiting.interrupt();
        assertThat(waiting.outcome()).as("still interrupted").isTrue();
        assertThat(client.stats().waiting()).isZero();
        release(all);
    }

    @Test
    void anInterruptEndsAReadAndItsConnection() throws Exception {
        CountDownLatch talking = new CountDownLatch(1);
        Caller<Boolean> reading = callers.start(() -> {
            try (Lease lease = client.lease(endpoint())) {
                assertThat(exchange(lease, "a")).isEqualTo("a");
                talking.countDown();
                assertThatThrownBy(() -> lease.input().read()).isInstanceOf(CancelledException.class);
                lease.keep();
            }
            return Thread.currentThread().isInterrupted();
        });
        talking.await();

        reading.interrupt();
        assertThat(reading.outcome()).as("still interrupted").isTrue();
        assertThat(client.stats().connectionsIdle()).isZero();
    }

    @Test
    void aLeaseIsAPairOfPlainStreams() throws Exception {
        String text = callers.call(() -> {
            try (Lease lease = client.lease(endpoint())) {
                return exchange(lease, "no line, no frame");
            }
        });

        assertThat(text).isEqualTo("no line, no frame");
    }

    @Test
    void aLeaseThatIsKeptLeavesItsConnectionToTheNext() throws Exception {
        lease("first", true);
        lease("second", true);

        assertThat(client.stats().connectionsOpened()).isOne();
    }

    @Test
    void aLeaseThatIsNotKeptTakesItsConnectionAlong() throws Exception {
        lease("first", false);
        assertThat(client.stats().connectionsIdle()).isZero();

        lease("second", false);
        assertThat(client.stats().connectionsOpened()).isEqualTo(2);
    }

    @Test
    void aLeaseWithBytesLeftUnreadIsNotKept() throws Exception {
        callers.call(() -> {
            try (Lease lease = client.lease(endpoint())) {
                lease.output().write("ab".getBytes(StandardCharsets.US_ASCII)); // one segment there, one back
                assertThat(lease.input().read()).isEqualTo('a');
                lease.keep();
            }
            return null;
        });

        assertThat(client.stats().connectionsIdle()).isZero();
    }

    @Test
    void aLeaseEndsByItsDeadlineWhereTheServerIsSilent() throws Exception {
        DeadlineExceededException late = catchThrowableOfType(
                DeadlineExceededException.class,
                () -> callers.call(() -> {
                    try (Lease lease = echo.within(Duration.ofMillis(200)).lease()) {
                        return lease.input().read();
                    }
                }));

        assertThat(late.phase()).isEqualTo(Phase.READ);
    }

    /** By calls in progress, since only half of the permits may be leases. */
    private List<Held> holdEveryPermit() {
        CountDownLatch holding = new CountDownLatch(PERMITS);
        List<Held> all = IntStream.range(0, PERMITS)
                .mapToObj(n -> {
                    CountDownLatch released = new CountDownLatch(1);
                    Remote<String, String> slow = client.remote(endpoint(), new Waiting(holding, released));
                    return new Held(released, callers.start(() -> slow.call("held")));
                })
                .toList();
        Eventually.is("every permit is held", () -> holding.getCount() == 0);
        return all;
    }

    private static void release(List<Held> all) throws Exception {
        for (Held held : all) {
            held.release();
        }
        for (Held held : all) {
            held.call().outcome();
        }
    }

    /** A call that holds a permit until it is released. */
    private record Held(CountDownLatch released, Caller<String> call) {
        void release() {
            released.countDown();
        }
    }

    /** Its call waits with its permit and its connection in hand. */
    private record Waiting(CountDownLatch holding, CountDownLatch released) implements Codec<String, String> {
        @Override
        public void write(String request, ByteWriter out) throws IOException {
            holding.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            Codecs.lines().write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return Codecs.lines().read(request, in);
        }
    }

    private void lease(String text, boolean keep) throws Exception {
        callers.call(() -> {
            try (Lease lease = client.lease(endpoint())) {
                assertThat(exchange(lease, text)).isEqualTo(text);
                if (keep) {
                    lease.keep();
                }
            }
            return null;
        });
    }

    private static String exchange(Lease lease, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        lease.output().write(bytes);
        lease.output().flush();
        return new String(lease.input().readNBytes(bytes.length), StandardCharsets.UTF_8);
    }

    /** Notes which request has its turn. */
    private record Noting(List<String> order) implements Codec<String, String> {
        @Override
        public void write(String request, ByteWriter out) throws IOException {
            order.add(request);
            Codecs.lines().write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return Codecs.lines().read(request, in);
        }
    }

    /** Writes the text in two frames that make one line, so that the reply is longer than any one request may be. */
    private static final class TwiceInOneLine implements Codec<String, String> {
        @Override
        public void write(String request, ByteWriter out) throws IOException {
            out.writeString(request, StandardCharsets.US_ASCII);
            out.startFrame();
            Codecs.lines().write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return in.readLine(StandardCharsets.US_ASCII);
        }
    }
}
