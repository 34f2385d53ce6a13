package plainweave;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.observe.Handshake;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.testing.TestCertificate;

/** The same sockets under TLS, and TLS over sockets from anywhere. */
class SslSocketFactoryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MORE_THAN_FITS = 32 * 1024 * 1024;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    /** The servers' ends, in the order of their handshakes. */
    private final Queue<SSLSocket> atServer = new ConcurrentLinkedQueue<>();

    private Client client() {
        return atRest.client(TlsPeers.options());
    }

    /** It shakes hands when it is first read or written, unless it is told to before. */
    private static SSLSocket connected(Client client, FaultServer server) throws IOException {
        return (SSLSocket) client.sslSocketFactory().createSocket("peer.test", server.port());
    }

    private static String echoed(Socket socket, String text) throws IOException {
        socket.getOutputStream().write((text + "\n").getBytes(US_ASCII));
        return new String(socket.getInputStream().readNBytes(text.length()), US_ASCII)
                + (socket.getInputStream().read() == '\n' ? "" : " without an end");
    }

    interface Way {
        Socket socket(Client client, FaultServer server) throws IOException;
    }

    @Test
    void everyWayToASecuredSocketLeadsThereAndIsToldOnce() throws Exception {
        List<Way> ways = List.of(
                SslSocketFactoryTest::connected,
                (client, server) -> {
                    Socket socket = client.sslSocketFactory().createSocket();
                    socket.connect(InetSocketAddress.createUnresolved("peer.test", server.port()), 5_000);
                    return socket;
                },
                (client, server) -> {
                    Socket below = client.socketFactory().createSocket("peer.test", server.port());
                    return client.sslSocketFactory().createSocket(below, "peer.test", server.port(), true);
                },
                (client, server) -> {
                    Socket below = new Socket(server.host(), server.port());
                    return client.sslSocketFactory().createSocket(below, "peer.test", server.port(), true);
                },
                (client, server) ->
                        client.sslSocketFactory().createSocket(server.address().getAddress(), server.port()));
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Client client = client();
            for (int i = 0; i < ways.size(); i++) {
                try (SSLSocket socket = (SSLSocket) ways.get(i).socket(client, server)) {
                    if (i % 2 == 0) {
                        socket.startHandshake();
                    }
                    assertThat(echoed(socket, "warp")).isEqualTo("warp");
                    assertThat(socket.getSession().isValid()).isTrue();
                    assertThat(socket.getInetAddress())
                            .isEqualTo(server.address().getAddress());
                    assertThat(client.stats().sockets()).isEqualTo(i == 3 ? 0 : 1);
                }
                assertThat(atRest.reports.secured).hasSize(i + 1);
            }
            assertThat(atRest.reports.secured)
                    .extracting(Handshake::address)
                    .containsOnly("127.0.0.1:" + server.port());
            assertThat(atRest.reports.secured)
                    .extracting(handshake -> handshake.endpoint().host())
                    .containsExactly("peer.test", "peer.test", "peer.test", "peer.test", "127.0.0.1");
            assertThat(atRest.reports.secured)
                    .extracting(Handshake::resumed)
                    .as("an earlier session is taken up")
                    .startsWith(false, true);
            server.awaitOpen(0, PATIENCE);
        }
    }

    @Test
    void theNameIsSentAndVerifiedUnlessToldOtherwise() throws Exception {
        Script shown = FaultServer.script()
                .startTls(TestCertificate.of("elsewhere.test").server(), atServer::add)
                .run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(shown)) {
            SSLSocketFactory strict = client().sslSocketFactory();
            try (SSLSocket socket = (SSLSocket) strict.createSocket("peer.test", server.port())) {
                assertThatThrownBy(socket::startHandshake)
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("peer.test");
                assertThatThrownBy(() -> socket.getOutputStream().write(1)).isInstanceOf(IOException.class);
                assertThat(socket.getSession().isValid()).isFalse();
            }
            Client lenient = atRest.client(TlsPeers.options(TlsPeers.trusting().insecureAnyHostName()));
            atServer.clear();
            for (String name : List.of("peer.test", "peer")) {
                try (Socket socket = lenient.sslSocketFactory().createSocket(name, server.port())) {
                    assertThat(echoed(socket, "weft")).isEqualTo("weft");
                    SNIServerName sent = ((ExtendedSSLSession) atServer.remove().getSession())
                            .getRequestedServerNames()
                            .getFirst();
                    assertThat(((SNIHostName) sent).getAsciiName()).isEqualTo(name);
                }
            }
            assertThat(atRest.reports.secured).hasSize(2);
        }
    }

    @Test
    void whatIsSetBeforeTheConnectHoldsAfterwards() throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        Script shown = FaultServer.script()
                .startTls(TlsPeers.CERTIFICATE.server(), socket -> {
                    SSLParameters parameters = socket.getSSLParameters();
                    parameters.setApplicationProtocols(new String[] {"weave/1"});
                    socket.setSSLParameters(parameters);
                })
                .run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(shown)) {
            try (SSLSocket socket = (SSLSocket) client().sslSocketFactory().createSocket()) {
                assertThat(socket.getEnabledProtocols()).containsExactly("TLSv1.3", "TLSv1.2");
                assertThat(socket.getSSLParameters().getEndpointIdentificationAlgorithm())
                        .isEqualTo("HTTPS");
                assertThat(socket.getUseClientMode()).isTrue();
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"weave/1"});
                socket.setSSLParameters(parameters);
                socket.setSoTimeout(5_000);
                socket.addHandshakeCompletedListener(event -> heard.countDown());
                assertThatThrownBy(socket::startHandshake)
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Socket is not connected");
                assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
                socket.connect(InetSocketAddress.createUnresolved("peer.test", server.port()));
                assertThat(socket.isConnected()).isTrue();
                assertThat(echoed(socket, "x")).isEqualTo("x");
                assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
                assertThat(socket.getApplicationProtocol()).isEqualTo("weave/1");
                assertThat(socket.getSoTimeout()).isEqualTo(5_000);
                assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void aPeerThatDoesNotSpeakTlsIsTold() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().reply("220 ready for your mail\r\n"))) {
            try (SSLSocket socket = connected(client(), server)) {
                assertThatThrownBy(socket::startHandshake)
                        .isInstanceOf(SSLException.class)
                        .hasMessage("the peer does not speak TLS; is this its plain port?");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReadThatTimesOutLosesNothingUnderTls(boolean virtual) throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script late = TlsPeers.TLS.readLine().await(answer).reply("late\n").run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(late)) {
            Client client = client();
            Callable<String> job = () -> {
                try (SSLSocket socket = connected(client, server)) {
                    socket.startHandshake();
                    socket.setSoTimeout(30);
                    socket.getOutputStream().write("hello\n".getBytes(US_ASCII));
                    for (int i = 0; i < 3; i++) {
                        assertThatThrownBy(() -> socket.getInputStream().read())
                                .isInstanceOf(SocketTimeoutException.class);
                    }
                    answer.open();
                    socket.setSoTimeout(0);
                    String first = new String(socket.getInputStream().readNBytes(4), US_ASCII);
                    assertThat(socket.getInputStream().read()).isEqualTo('\n');
                    return first + " " + echoed(socket, "again");
                }
            };
            assertThat((virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job)).await())
                    .isEqualTo("late again");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingDoesNotWaitForAWriteToAPeerThatNeverReads(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.neverRead())) {
            Client client = atRest.client(TlsPeers.options().silence(Duration.ofMinutes(5)));
            SSLSocket socket = connected(client, server);
            socket.startHandshake();
            Callable<Integer> job = () -> {
                socket.getOutputStream().write(new byte[MORE_THAN_FITS]);
                return MORE_THAN_FITS;
            };
            Callers.InFlight<Integer> writer = virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
            untilNothingMoves(client);
            socket.close();
            assertThatThrownBy(writer::await)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            assertThat(socket.isClosed()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingEndsAReadUnderTls(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS.stall())) {
            SSLSocket socket = connected(client(), server);
            socket.startHandshake();
            Callable<Integer> job = () -> {
                try {
                    return socket.getInputStream().read();
                } catch (SocketException e) {
                    return -1; // the peer's goodbye may be faster than the end of the connection
                }
            };
            Callers.InFlight<Integer> reader = virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
            Callers.until(
                    () -> "it reads, but " + List.of(reader.thread().getStackTrace()),
                    () -> Stream.of(reader.thread().getStackTrace())
                            .anyMatch(frame -> frame.getClassName().equals("plainweave.net.DoorWire")));
            socket.close();
            assertThat(reader.await()).isNegative();
        }
    }

    /** The system has taken from the writer all that it takes. */
    private static void untilNothingMoves(Client client) {
        List<Long> written = new ArrayList<>(List.of(0L));
        Callers.until(() -> "it moves on: " + written, () -> {
            LockSupport.parkNanos(50_000_000);
            written.add(client.stats().socketBytesOut());
            return written.getLast() > 1_000_000 && written.getLast().equals(written.get(written.size() - 2));
        });
    }

    @Test
    void whatIsBelowIsClosedOnlyIfItWasGivenAway() throws Exception {
        Script twice = TlsPeers.TLS_ECHO_LINES;
        try (FaultServer server = FaultServer.start(twice)) {
            Client client = client();
            for (boolean given : new boolean[] {true, false}) {
                try (Socket below = client.socketFactory().createSocket("peer.test", server.port())) {
                    Socket above = client.sslSocketFactory().createSocket(below, "peer.test", server.port(), given);
                    assertThat(echoed(above, "x")).isEqualTo("x");
                    above.close();
                    assertThat(above.isClosed()).isTrue();
                    assertThat(below.isClosed()).isEqualTo(given);
                }
            }
        }
    }
}
