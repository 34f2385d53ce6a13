package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.Opening;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Every wait of TLS ends: by the deadline, an interrupt, or close. */
class TlsDeadlineTest {
    private static final Duration SOON = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MORE_THAN_THE_KERNEL_TAKES = 32 << 20;

    private static final Script HANGS = FaultServer.script().readClientHello().stall();
    private static final Script DRIPS =
            FaultServer.script().readClientHello().drip(serverHello(), Duration.ofMillis(20));

    @RegisterExtension
    final AtRest atRest = new AtRest();

    /** The first handshake of a JVM loads a thousand classes, which on a busy machine takes longer than {@link #SOON}. */
    @BeforeAll
    static void aHandshakeBefore() {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES);
                Client client = Client.create(TlsPeers.options().build())) {
            assertThat(client.remote(TlsPeers.at(server), Codecs.lines()).call("x"))
                    .isEqualTo("x");
        }
    }

    /** The beginning of one, which is always to be continued. */
    private static byte[] serverHello() {
        byte[] record = new byte[500];
        byte[] beginning = {22, 3, 3, 0x3F, 0, 2, 0, 0x3E, (byte) 0xFC, 3, 3};
        System.arraycopy(beginning, 0, record, 0, beginning.length);
        return record;
    }

    @Test
    void aHandshakeThatHangsOrDripsEndsWithTheConnectLimit() throws Exception {
        for (Script slow : List.of(HANGS, DRIPS)) {
            try (FaultServer server = FaultServer.start(slow)) {
                Client client = atRest.client(TlsPeers.options().connectTimeout(SOON));
                UnreachableException failure = catchThrowableOfType(
                        UnreachableException.class,
                        () -> client.remote(TlsPeers.at(server), Codecs.lines()).call("x"));
                assertThat(failure.phase()).isEqualTo(Phase.TLS);
                assertThat(failure)
                        .hasMessageContaining("connectTimeout 300 ms")
                        .hasMessageContaining("TLS failed after");
                assertThat(failure.progress().nanos(Phase.TLS)).isPositive();
                assertThat(failure.progress().totalNanos()).isGreaterThanOrEqualTo(SOON.toNanos());
                assertThat(server.requests()).isEqualTo(1);
                server.awaitOpen(0, PATIENCE);
            }
        }
    }

    @Test
    void aHandshakeThatHangsOrDripsEndsWithTheCallsDeadlineIfThatIsEarlier() throws Exception {
        for (Script slow : List.of(HANGS, DRIPS)) {
            try (FaultServer server = FaultServer.start(slow)) {
                Client client = atRest.client(TlsPeers.options());
                DeadlineExceededException failure = catchThrowableOfType(
                        DeadlineExceededException.class,
                        () -> client.remote(TlsPeers.at(server), Codecs.lines())
                                .within(SOON)
                                .call("x"));
                assertThat(failure.phase()).isEqualTo(Phase.TLS);
                assertThat(failure)
                        .hasMessageContaining("of 300 ms in TLS")
                        .hasMessageContaining("OPEN, WRITE, READ not reached");
                assertThat(failure.progress().nanos(Phase.TLS)).isPositive();
                assertThat(failure.progress().totalNanos()).isGreaterThanOrEqualTo(SOON.toNanos());
                server.awaitOpen(0, PATIENCE);
            }
        }
    }

    @Test
    void aPeerThatLeavesDuringTheHandshakeIsUnreachable() throws Exception {
        Script hello = FaultServer.script().readClientHello();
        Script some = hello.reply(Arrays.copyOf(serverHello(), 100));
        for (Script leaving : List.of(
                hello.close(),
                hello.reset(),
                some.close(),
                some.reset(),
                FaultServer.script().close())) {
            try (FaultServer server = FaultServer.start(leaving)) {
                UnreachableException failure = catchThrowableOfType(
                        UnreachableException.class,
                        () -> atRest.client(TlsPeers.options())
                                .remote(TlsPeers.at(server), Codecs.lines())
                                .call("x"));
                assertThat(failure.phase()).isEqualTo(Phase.TLS);
                assertThat(failure.sent()).isFalse();
                server.awaitOpen(0, PATIENCE);
            }
        }
    }

    private record Outcome(Exception thrown, boolean flag) {}

    private static Callers.InFlight<Outcome> calling(Remote<String, String> remote, boolean virtual) {
        Callable<Outcome> job = () -> {
            try {
                remote.call("x");
                throw new AssertionError("a reply came");
            } catch (Exception e) {
                return new Outcome(e, Thread.currentThread().isInterrupted());
            }
        };
        return virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
    }

    private static void assertCancelled(Outcome outcome, Phase phase) {
        assertThat(outcome.thrown())
                .isInstanceOfSatisfying(
                        CancelledException.class,
                        cancelled -> assertThat(cancelled.phase()).isEqualTo(phase));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedHandshakeIsCancelled(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(HANGS.then(TlsPeers.TLS_ECHO_LINES))) {
            Remote<String, String> remote =
                    atRest.client(TlsPeers.options()).remote(TlsPeers.at(server), Codecs.lines());
            Callers.InFlight<Outcome> call = calling(remote, virtual);
            server.awaitRequests(1, PATIENCE);
            call.interrupt();
            Outcome outcome = call.await();
            assertCancelled(outcome, Phase.TLS);
            assertThat(outcome.flag()).as("the interrupt flag").isTrue();
            server.awaitOpen(0, PATIENCE);
            assertThat(remote.call("no outage")).isEqualTo("no outage");
        }
    }

    @Test
    void anInterruptJustBeforeTheHandshakeIsCancelled() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Remote<String, String> remote =
                    atRest.client(TlsPeers.options()).remote(TlsPeers.plainAt(server), new Interrupted());
            Outcome outcome = calling(remote, true).await();
            assertCancelled(outcome, Phase.OPEN);
            assertThat(outcome.flag()).as("the interrupt flag").isTrue();
        }
    }

    private static final class Interrupted implements Codec<String, String> {
        @Override
        public Codec<String, String> open(Opening on) throws IOException {
            Thread.currentThread().interrupt();
            on.startTls();
            return this;
        }

        @Override
        public void write(String request, ByteWriter out) {}

        @Override
        public String read(String request, ByteReader in) {
            return "";
        }
    }

    @Test
    void closingTheClientCancelsAHandshake() throws Exception {
        try (FaultServer server = FaultServer.start(HANGS)) {
            Client client = atRest.client(TlsPeers.options());
            Callers.InFlight<Outcome> call = calling(client.remote(TlsPeers.at(server), Codecs.lines()), true);
            server.awaitRequests(1, PATIENCE);
            client.close();
            assertCancelled(call.await(), Phase.TLS);
            server.awaitOpen(0, PATIENCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWriteThatStallsEndsByTheDeadline(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.neverRead())) {
            Client client = atRest.client(TlsPeers.options()
                    .maxFrame(MORE_THAN_THE_KERNEL_TAKES)
                    .permitsTotal(4)
                    .permitsPerEndpoint(4));
            Remote<byte[], byte[]> remote =
                    client.remote(TlsPeers.at(server), Codecs.fixed(MORE_THAN_THE_KERNEL_TAKES));
            remote.warm(1);
            Callable<Object> job = () -> remote.within(SOON).call(new byte[MORE_THAN_THE_KERNEL_TAKES]);
            Callers.InFlight<Object> call = virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
            assertThatThrownBy(call::await)
                    .isInstanceOfSatisfying(
                            DeadlineExceededException.class,
                            failure -> assertThat(failure.phase()).isEqualTo(Phase.WRITE));
            remote.warm(0);
        }
    }

    @Test
    void aLeasesWriteThatStallsEndsAfterSilenceAndSoDoesItsClose() {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.neverRead())) {
            Client client = atRest.client(TlsPeers.options().silence(SOON));
            DeadlineExceededException failure = catchThrowableOfType(DeadlineExceededException.class, () -> {
                try (Lease lease = client.lease(TlsPeers.at(server))) {
                    lease.output().write(new byte[MORE_THAN_THE_KERNEL_TAKES]);
                }
            });
            assertThat(failure.phase()).isEqualTo(Phase.WRITE);
            assertThat(failure).hasMessageContaining("silence 300 ms");
        }
    }

    @Test
    void aPeerThatIsCutInMidReplyIsLost() {
        Script cut = TlsPeers.TLS.readLine().reply("half a li").reset();
        try (FaultServer server = FaultServer.start(cut)) {
            Remote<String, String> remote =
                    atRest.client(TlsPeers.options()).remote(TlsPeers.at(server), Codecs.lines());
            assertThatThrownBy(() -> remote.call("x")).isInstanceOf(ConnectionLostException.class);
        }
    }

    /**
     * SSLSocket.close waits for a writer, for ever if that one waits for a peer that never reads. No writer of ours can be in there
     * then, so the test puts one there.
     */
    @Test
    void aGoodbyeThatHangsIsCutAndHoldsUpNobodyElse() throws Exception {
        AtomicInteger heldUp = new AtomicInteger();
        for (int round = 0; round < 2 && heldUp.get() == round; round++) {
            AtomicReference<Socket> shown = new AtomicReference<>();
            try (FaultServer server = FaultServer.start(TlsPeers.TLS.neverRead().then(TlsPeers.TLS_ECHO_LINES))) {
                Client client = atRest.client(TlsPeers.options(TlsPeers.trusting(TlsPeers.showing(shown::set))));
                Remote<String, String> remote = client.remote(TlsPeers.at(server), Codecs.lines());
                Lease lease = client.lease(TlsPeers.at(server));
                Socket over = shown.get();
                remote.call("warm");
                Callers.InFlight<Object> writer = stalledWriter(over);
                Callers.InFlight<Object> closing = Callers.onVirtualThread(() -> {
                    lease.close();
                    return "closed";
                });
                Callers.until("it closes", () -> closing.thread().getState() == Thread.State.WAITING);
                assertThat(remote.call("meanwhile")).isEqualTo("meanwhile");
                if (closing.task().isDone()) {
                    heldUp.incrementAndGet();
                }
                assertThat(closing.await()).isEqualTo("closed");
                assertThatThrownBy(writer::await).isInstanceOf(IOException.class);
            }
        }
        assertThat(heldUp).as("rounds in which a call waited for the goodbye").hasValueLessThan(2);
    }

    private static Callers.InFlight<Object> stalledWriter(Socket socket) {
        AtomicLong written = new AtomicLong();
        Callers.InFlight<Object> writer = Callers.onVirtualThread(() -> {
            while (true) {
                socket.getOutputStream().write(new byte[16 * 1024]);
                written.incrementAndGet();
            }
        });
        AtomicLong seen = new AtomicLong();
        AtomicInteger still = new AtomicInteger();
        Callers.until("the writer stalls", () -> {
            boolean same = written.get() == seen.getAndSet(written.get());
            return still.updateAndGet(n -> same && written.get() > 0 ? n + 1 : 0) > 100;
        });
        return writer;
    }
}
