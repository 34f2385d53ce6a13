package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plainweave.call.CallException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.codec.Codec;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** What shared connections and streams promise, they promise under TLS. */
class SharedTlsTest {
    private static final Duration SILENCE = Duration.ofMillis(300);
    private static final int PIECE = 64 * 1024;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    static List<Codec<String, String>> bothKinds() {
        return List.of(new PipelinedLines(), new TaggedText());
    }

    private static ClientOptions.Builder depth(int depth) {
        return TlsPeers.options().pipelineDepth(depth).maxFrame(16 * 1024);
    }

    private static <F extends CallException> List<Callers.InFlight<F>> failing(
            int calls, Class<F> how, Remote<String, String> remote, String request) {
        List<Callers.InFlight<F>> failing = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            failing.add(Callers.onVirtualThread(() -> catchThrowableOfType(how, () -> remote.call(request))));
        }
        return failing;
    }

    @ParameterizedTest
    @MethodSource("bothKinds")
    void aHundredCallersShareOneConnectionAndEachGetsItsOwnReply(Codec<String, String> codec) throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Client client = atRest.client(depth(100));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), codec);
            List<Callers.InFlight<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                String mine = "caller " + i + " call ";
                callers.add(Callers.onVirtualThread(() -> {
                    int own = 0;
                    for (int n = 0; n < 10; n++) {
                        own += remote.call(mine + n).equals(mine + n) ? 1 : 0;
                    }
                    return own;
                }));
            }
            for (Callers.InFlight<Integer> caller : callers) {
                assertThat(caller.await()).isEqualTo(10);
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(atRest.reports.secured).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("bothKinds")
    void aPeerThatResetsInMidFlightCostsThoseOnItTheConnectionAndNobodyElse(Codec<String, String> codec)
            throws Exception {
        Script resetting = TlsPeers.TLS.readLine().readLine().readLine().reset();
        try (FaultServer server = FaultServer.start(resetting.then(TlsPeers.TLS_ECHO_LINES))) {
            Client client = atRest.client(depth(8));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), codec);
            for (var call : failing(3, ConnectionLostException.class, remote, "x")) {
                ConnectionLostException lost = call.await();
                assertThat(lost).isNotNull();
                assertThat(lost.sent()).isTrue();
            }
            assertThat(remote.call("next")).isEqualTo("next");
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("bothKinds")
    void aPeerThatFallsSilentIsCutAndTheNextCallWorks(Codec<String, String> codec) throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.stall().then(TlsPeers.TLS_ECHO_LINES))) {
            Client client = atRest.client(depth(8).silence(SILENCE));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), codec);
            for (var call : failing(8, CallException.class, remote, "anybody?")) {
                CallException failure = call.await();
                assertThat(failure).hasMessageContaining("silence is 300 ms");
                assertThat(failure.sent()).isTrue();
            }
            assertThat(remote.call("next")).isEqualTo("next");
            Callers.until("it is closed", () -> client.stats().connectionsClosed() == 1);
        }
    }

    /** Whoever writes is then inside TLS, and holds what closing it would wait for. */
    @ParameterizedTest
    @MethodSource("bothKinds")
    void aPeerThatTakesNothingIsCutToo(Codec<String, String> codec) throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.neverRead().then(TlsPeers.TLS_ECHO_LINES))) {
            Client client =
                    atRest.client(depth(32).silence(SILENCE).maxFrame(1 << 20).maxMemory(1L << 31));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), codec);
            List<Callers.InFlight<CallException>> calls =
                    failing(32, CallException.class, remote, "x".repeat(1_000_000));
            Callers.until("it is cut", () -> client.stats().connectionsClosed() == 1);
            for (Callers.InFlight<CallException> call : calls) {
                call.await(); // what was not sent may have been taken by the next one
            }
            assertThat(remote.call("next")).isEqualTo("next");
        }
    }

    @Test
    void aStreamComesToItsEndAndItsConnectionServesTheNext() {
        Script lists = TlsPeers.TLS.run(
                FaultServer.script().readLine().reply("a\nb\n.\n").repeat());
        try (FaultServer server = FaultServer.start(lists)) {
            Client client = atRest.client(TlsPeers.options());
            Remote<String, String> remote = client.remote(TlsPeers.at(server), new ListedLines());
            for (int i = 0; i < 3; i++) {
                try (Replies<String> replies = remote.stream("list")) {
                    assertThat(replies).containsExactly("a", "b", ".");
                    assertThat(client.stats().permitsOut()).as("before close").isZero();
                }
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aStreamWhosePeerFallsSilentEndsAndGivesItsPermitBack() {
        Script silent = TlsPeers.TLS.readLine().reply("a\n").stall();
        try (FaultServer server = FaultServer.start(silent)) {
            Client client = atRest.client(TlsPeers.options().silence(SILENCE));
            try (Replies<String> replies = client.remote(TlsPeers.at(server), new ListedLines()).stream("list")) {
                assertThat(replies.iterator().next()).isEqualTo("a");
                DeadlineExceededException late = catchThrowableOfType(
                        DeadlineExceededException.class,
                        () -> replies.iterator().hasNext());
                assertThat(late).hasMessageContaining("silence 300");
                assertThat(client.stats().permitsOut()).as("before close").isZero();
            }
        }
    }

    /** More than buffers on the way could hold. */
    @Test
    void anUploadThatIsEchoedWhileItIsSentIsComplete() {
        int pieces = 160;
        Script echo = FaultServer.script()
                .readExactly(Integer.BYTES + PIECE)
                .replyWith(piece -> piece)
                .repeat(pieces)
                .readExactly(Integer.BYTES)
                .replyWith(end -> end)
                .repeat();
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.run(echo))) {
            Client client = atRest.client(TlsPeers.options());
            for (int i = 0; i < 2; i++) {
                var source = IntStream.range(0, pieces)
                        .mapToObj(SharedTlsTest::numbered)
                        .iterator();
                int echoed = 0;
                try (Replies<byte[]> replies = client.remote(TlsPeers.at(server), new Pieces()).stream(source)) {
                    for (byte[] piece : replies) {
                        if (piece.length > 0) {
                            assertThat(piece).isEqualTo(numbered(echoed));
                            echoed++;
                        }
                    }
                }
                assertThat(echoed).isEqualTo(pieces);
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    private static byte[] numbered(int number) {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        while (piece.hasRemaining()) {
            piece.putInt(number);
        }
        return piece.array();
    }
}
