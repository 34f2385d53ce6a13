package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** When a connection under TLS serves again, and when it must not. */
class TlsReuseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final FaultServer.Gate go = FaultServer.gate();
    private final FaultServer.Gate done = FaultServer.gate();

    private Remote<String, String> lines(FaultServer server) {
        return atRest.client(TlsPeers.options()).remote(TlsPeers.at(server), Codecs.lines());
    }

    private void assertReplacedAsStale() {
        assertThat(atRest.reports.closed)
                .singleElement()
                .satisfies(closed -> assertThat(closed.reason()).isEqualTo(Reason.STALE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void anIdleConnectionThePeerLeftIsReplacedUnseen(String version) throws Exception {
        Script answered = TlsPeers.in(version).readLine().reply("ok\n");
        FaultServer.Gate left = FaultServer.gate();
        for (Script leaving : List.of(
                answered.close(),
                answered.reset(),
                answered.halfClose().open(left).stall())) {
            try (FaultServer server = FaultServer.start(leaving.then(TlsPeers.TLS_ECHO_LINES))) {
                Remote<String, String> remote = lines(server);
                assertThat(remote.call("one")).isEqualTo("ok");
                Callers.until("it left", () -> left.isOpen() || server.open() == 0);
                Callers.untilIdleIsProbed();
                assertThat(remote.call("two")).isEqualTo("two");
                assertThat(server.requests()).isEqualTo(2);
            }
        }
    }

    @Test
    void ticketsThatComeAfterTheHandshakeAreNoReasonNotToUseIt() throws Exception {
        Script warmed = TlsPeers.in("TLSv1.3").open(done).run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(warmed)) {
            Remote<String, String> remote = lines(server);
            remote.warm(1);
            done.await(PATIENCE);
            assertThat(remote.call("one")).isEqualTo("one");
            assertThat(remote.call("two")).isEqualTo("two");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aConnectionThePeerLeftBeforeItsFirstExchangeIsReplacedUnseen(String version) throws Exception {
        Script warmed = TlsPeers.in(version).await(go);
        for (Script leaving : List.of(warmed.close(), warmed.reset())) {
            try (FaultServer server = FaultServer.start(leaving.then(TlsPeers.TLS_ECHO_LINES))) {
                Remote<String, String> remote = lines(server);
                remote.warm(1);
                remote.warm(0);
                go.open();
                server.awaitOpen(0, PATIENCE);
                Callers.untilIdleIsProbed();
                assertThat(remote.call("one")).isEqualTo("one");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void wordsBeforeTheFirstExchangeAreNobodysReply(String version) throws Exception {
        Script pushy = TlsPeers.in(version).reply("pushed\n").open(done).stall();
        try (FaultServer server = FaultServer.start(pushy.then(TlsPeers.TLS_ECHO_LINES))) {
            Remote<String, String> remote = lines(server);
            remote.warm(1);
            remote.warm(0);
            done.await(PATIENCE);
            Callers.untilIdleIsProbed();
            assertThat(remote.call("one")).isEqualTo("one");
            assertReplacedAsStale();
        }
    }

    @Test
    void wordsNobodyAskedForDisqualifyAnIdleConnection() throws Exception {
        Script pushy = TlsPeers.TLS
                .readLine()
                .reply("ok\n")
                .await(go)
                .reply("pushed\n")
                .open(done)
                .stall();
        try (FaultServer server = FaultServer.start(pushy.then(TlsPeers.TLS_ECHO_LINES))) {
            Remote<String, String> remote = lines(server);
            assertThat(remote.call("one")).isEqualTo("ok");
            go.open();
            done.await(PATIENCE);
            Callers.untilIdleIsProbed();
            assertThat(remote.call("two")).isEqualTo("two");
            assertReplacedAsStale();
        }
    }

    @Test
    void bytesBehindTheReplyDisqualifyTheConnection() {
        Script talkative = TlsPeers.TLS.readLine().reply("ok\nand more\n").stall();
        try (FaultServer server = FaultServer.start(talkative.then(TlsPeers.TLS_ECHO_LINES))) {
            Remote<String, String> remote = lines(server);
            assertThat(remote.call("one")).isEqualTo("ok");
            assertThat(remote.call("two")).isEqualTo("two");
        }
    }

    /** Whoever is handed the connection at once makes no probe, and TLS reads no further than one record. */
    @Test
    void aRecordBehindTheReplyNeverReachesTheNextCaller() throws Exception {
        Script two = TlsPeers.TLS
                .readLine()
                .reply("ok\n")
                .reply("another's\n")
                .open(done)
                .stall();
        try (FaultServer server = FaultServer.start(two.then(TlsPeers.TLS_ECHO_LINES))) {
            Client client = atRest.client(TlsPeers.options().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), new LateReader(done));
            Callers.InFlight<String> first = Callers.onVirtualThread(() -> remote.call("one"));
            server.awaitConnections(1, PATIENCE);
            Callers.InFlight<String> second = Callers.onVirtualThread(() -> remote.call("two"));
            assertThat(first.await()).isEqualTo("ok");
            assertThat(second.await()).isEqualTo("two");
        }
    }

    /** Reads lines, the first of them not before the gate is open. */
    private record LateReader(FaultServer.Gate gate) implements plainweave.codec.Codec<String, String> {
        @Override
        public void write(String request, plainweave.codec.ByteWriter out) throws IOException {
            Codecs.lines().write(request, out);
        }

        @Override
        public String read(String request, plainweave.codec.ByteReader in) throws IOException {
            try {
                gate.await(PATIENCE);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return Codecs.lines().read(request, in);
        }
    }

    @Test
    void aLateReplyNeverReachesTheNextCaller() throws Exception {
        Script late = TlsPeers.TLS.readLine().await(go).reply("late\n");
        try (FaultServer server = FaultServer.start(late.then(TlsPeers.TLS_ECHO_LINES))) {
            Remote<String, String> remote = lines(server);
            remote.warm(1);
            assertThatThrownBy(() -> remote.within(Duration.ofMillis(100)).call("impatient"))
                    .isInstanceOf(DeadlineExceededException.class);
            remote.warm(0);
            go.open();
            for (int i = 0; i < 100; i++) {
                assertThat(remote.call("next " + i)).isEqualTo("next " + i);
            }
        }
    }

    @Test
    void halfATicketIsNoReasonNotToUseItEither() throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.in("TLSv1.3").run(TlsPeers.ECHO_LINES));
                HalfATicket relay = new HalfATicket(server.port())) {
            Client client = atRest.client(TlsPeers.options());
            Remote<String, String> remote =
                    client.remote(Endpoint.tls("peer.test", relay.socket.getLocalPort()), Codecs.lines());
            remote.warm(1);
            remote.warm(0);
            relay.halfIsThere.await(PATIENCE);
            Lease probed = client.remote(remote.endpoint(), Codecs.lines()).lease();
            relay.rest.open();
            probed.output().write("one\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(probed.input().readNBytes(4)).isEqualTo("one\n".getBytes(StandardCharsets.US_ASCII));
            probed.keep();
            probed.close();
            assertThat(remote.call("two")).isEqualTo("two");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    /** Between client and server; of the first ticket it passes on a half, and what is left once it is told to. */
    private static final class HalfATicket implements AutoCloseable {
        final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        final FaultServer.Gate halfIsThere = FaultServer.gate();
        final FaultServer.Gate rest = FaultServer.gate();
        private final AtomicBoolean finished = new AtomicBoolean();
        private final int port;

        HalfATicket(int port) throws IOException {
            this.port = port;
            Thread.ofPlatform().daemon().start(this::relay);
        }

        private void relay() {
            try (Socket client = socket.accept();
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
                Thread.ofPlatform().daemon().start(() -> copy(client, server, true));
                copy(server, client, false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void copy(Socket from, Socket to, boolean fromClient) {
            try {
                DataInputStream in = new DataInputStream(from.getInputStream());
                OutputStream out = to.getOutputStream();
                while (true) {
                    byte[] header = new byte[5];
                    in.readFully(header);
                    byte[] record = new byte[ByteBuffer.wrap(header).getShort(3)];
                    in.readFully(record);
                    boolean ticket = !fromClient && finished.get() && !rest.isOpen();
                    if (fromClient && header[0] == 23) {
                        finished.set(true); // encrypted: its part of the handshake is over
                    }
                    out.write(header);
                    int half = record.length / 2;
                    out.write(record, 0, half);
                    if (ticket) {
                        halfIsThere.open();
                        rest.await(PATIENCE);
                    }
                    out.write(record, half, record.length - half);
                }
            } catch (IOException | InterruptedException e) {
                // one of them left
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
