package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.CallException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.Handshake;
import plainweave.observe.micrometer.MicrometerObserver;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.testing.TestCertificate;

/** Whom a client trusts, what it offers and asks for, and how it tells what it does not take. */
class TlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final TestCertificate ELSEWHERE = TestCertificate.of("elsewhere.test");

    @RegisterExtension
    final AtRest atRest = new AtRest();

    /** The servers' ends of the connections, in the order of their handshakes. */
    private final Queue<SSLSocket> atServer = new ConcurrentLinkedQueue<>();

    private Remote<String, String> lines(TlsOptions tls, Endpoint endpoint) {
        return atRest.client(TlsPeers.options(tls)).remote(endpoint, Codecs.lines());
    }

    private static Script shown(TestCertificate certificate) {
        return FaultServer.script().startTls(certificate.server()).run(TlsPeers.ECHO_LINES);
    }

    private static UnreachableException refused(Remote<String, String> remote) {
        UnreachableException failure = catchThrowableOfType(UnreachableException.class, () -> remote.call("secret"));
        assertThat(failure).isNotNull();
        assertThat(failure.phase()).isEqualTo(Phase.TLS);
        assertThat(failure.sent()).isFalse();
        assertThat(failure).hasMessageContaining(remote.endpoint().toString());
        assertThat(failure.attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.phase()).isEqualTo(Phase.TLS));
        assertThat(failure.getMessage()).doesNotContain("secret");
        return failure;
    }

    @Test
    void anAuthorityTheJdkDoesNotKnowIsRefusedUnlessToldToTrustIt() {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            UnreachableException failure = refused(lines(TlsOptions.defaults(), TlsPeers.at(server)));
            assertThat(failure).hasMessageContaining("unable to find valid certification path");
            assertThat(lines(TlsPeers.trusting(), TlsPeers.at(server)).call("hi"))
                    .isEqualTo("hi");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void bothVersionsAreSpokenWhicheverSideAsksForOne(String version) {
        Script both = FaultServer.script()
                .startTls(TlsPeers.CERTIFICATE.server(), atServer::add)
                .run(TlsPeers.ECHO_LINES);
        try (FaultServer one = FaultServer.start(TlsPeers.in(version).run(TlsPeers.ECHO_LINES));
                FaultServer either = FaultServer.start(both)) {
            assertThat(lines(TlsPeers.trusting(), TlsPeers.at(one)).call("a")).isEqualTo("a");
            assertThat(lines(TlsPeers.trusting().protocols(version), TlsPeers.at(either))
                            .call("b"))
                    .isEqualTo("b");
            assertThat(atServer.element().getSession().getProtocol()).isEqualTo(version);
        }
    }

    @Test
    void aServerOfAnAbandonedVersionIsRefused() {
        byte[] tls11 = new byte[47];
        byte[] beginning = {22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2}; // a ServerHello, 0x0302
        System.arraycopy(beginning, 0, tls11, 0, beginning.length);
        tls11[44] = (byte) 0xC0; // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
        tls11[45] = 0x13;
        Script old = FaultServer.script().readClientHello().reply(tls11).stall();
        try (FaultServer server = FaultServer.start(old)) {
            UnreachableException failure = refused(lines(TlsPeers.trusting(), TlsPeers.at(server)));
            assertThat(failure).hasMessageContaining("TLS11").hasMessageContaining("not accepted");
        }
    }

    @Test
    void aServerThatRefusesTheVersionIsRefused() {
        Script old = FaultServer.script().readClientHello().tlsAlert(70).stall();
        try (FaultServer server = FaultServer.start(old)) {
            assertThat(refused(lines(TlsPeers.trusting(), TlsPeers.at(server))))
                    .hasMessageContaining("protocol_version");
        }
    }

    @Test
    void theCertificateHasToBeForTheNameUnlessSaidOtherwise() {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Endpoint other = Endpoint.tls("other.test", server.port());
            assertThat(refused(lines(TlsPeers.trusting(), other)))
                    .hasMessageContaining("No subject alternative DNS name matching other.test");
            TlsOptions anyName = TlsPeers.trusting().insecureAnyHostName();
            assertThat(lines(anyName, other).call("hi")).isEqualTo("hi");
            refused(lines(TlsOptions.defaults().insecureAnyHostName(), TlsPeers.at(server))); // trusted it has to be
        }
    }

    @Test
    void theCertificateHasToBeForTheAddressWhereOneWasGiven() {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES);
                FaultServer elsewhere = FaultServer.start(shown(ELSEWHERE))) {
            assertThat(lines(TlsPeers.trusting(), Endpoint.tls("127.0.0.1", server.port()))
                            .call("hi"))
                    .isEqualTo("hi");
            assertThat(refused(
                            lines(TlsPeers.trusting(ELSEWHERE.client()), Endpoint.tls("127.0.0.1", elsewhere.port()))))
                    .hasMessageContaining("127.0.0.1");
        }
    }

    @Test
    void namesAreToldToTheServerAndAddressesAreNot() throws Exception {
        Script noting = FaultServer.script()
                .startTls(TlsPeers.CERTIFICATE.server(), atServer::add)
                .run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(noting)) {
            lines(TlsPeers.trusting(), TlsPeers.at(server)).call("x");
            assertThat(namesAsked(atServer.remove())).containsExactly(new SNIHostName("peer.test"));
            lines(TlsPeers.trusting().insecureAnyHostName(), Endpoint.tls("peer", server.port()))
                    .call("x");
            assertThat(namesAsked(atServer.remove()))
                    .as("the JDK by itself tells no name without a dot")
                    .containsExactly(new SNIHostName("peer"));
            lines(TlsPeers.trusting(), Endpoint.tls("127.0.0.1", server.port())).call("x");
            assertThat(namesAsked(atServer.remove())).isEmpty();
        }
    }

    private static List<SNIServerName> namesAsked(SSLSocket socket) {
        return ((ExtendedSSLSession) socket.getSession()).getRequestedServerNames();
    }

    @Test
    void anExpiredCertificateIsRefused() {
        TestCertificate expired = TestCertificate.expired("peer.test");
        try (FaultServer server = FaultServer.start(shown(expired))) {
            UnreachableException failure = refused(lines(TlsPeers.trusting(), TlsPeers.at(server)));
            assertThat(failure).hasRootCauseInstanceOf(CertificateExpiredException.class);
            assertThat(failure).hasMessageContaining("validity check failed");
        }
    }

    @Test
    void aSelfSignedCertificateIsRefused() {
        TestCertificate selfSigned = TestCertificate.selfSigned("peer.test");
        try (FaultServer server = FaultServer.start(shown(selfSigned))) {
            assertThat(refused(lines(TlsPeers.trusting(), TlsPeers.at(server))))
                    .hasMessageContaining("unable to find valid certification path");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientCertificateIsGivenWhereOneIsAskedFor(String version) throws Exception {
        Script asking = FaultServer.script()
                .startTls(TlsPeers.CERTIFICATE.both(), socket -> {
                    socket.setEnabledProtocols(new String[] {version});
                    socket.setNeedClientAuth(true);
                    atServer.add(socket);
                })
                .run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(asking)) {
            assertThat(lines(TlsPeers.trusting(ELSEWHERE.both()), TlsPeers.at(server))
                            .call("it is me"))
                    .isEqualTo("it is me");
            X509Certificate given =
                    (X509Certificate) atServer.remove().getSession().getPeerCertificates()[0];
            assertThat(given.getSubjectAlternativeNames().toString()).contains("elsewhere.test");

            // TLS 1.3 lets the client finish before the server looks at what it was given.
            CallException failure = catchThrowableOfType(
                    CallException.class,
                    () -> lines(TlsPeers.trusting(), TlsPeers.at(server)).call("nobody"));
            if (version.equals("TLSv1.2")) {
                assertThat(failure).isInstanceOf(UnreachableException.class);
                assertThat(failure.phase()).isEqualTo(Phase.TLS);
            } else {
                assertThat(failure).isInstanceOf(ConnectionLostException.class);
            }
        }
    }

    @Test
    void anApplicationProtocolIsAgreedOn() {
        Script h2 = FaultServer.script()
                .startTls(TlsPeers.CERTIFICATE.server(), socket -> offer(socket, "h2", "http/1.1"))
                .run(TlsPeers.ECHO_LINES);
        try (FaultServer server = FaultServer.start(h2);
                FaultServer silent = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Client client =
                    atRest.client(TlsPeers.options(TlsPeers.trusting().applicationProtocols("http/1.1", "other")));
            try (Lease lease = client.lease(TlsPeers.at(server))) {
                assertThat(lease.applicationProtocol()).isEqualTo("http/1.1");
            }
            try (Lease lease = client.lease(TlsPeers.at(silent))) {
                assertThat(lease.applicationProtocol()).isEmpty();
            }
            TlsOptions mail = TlsPeers.trusting().applicationProtocols("imap");
            assertThat(refused(lines(mail, TlsPeers.at(server)))).hasMessageContaining("no_application_protocol");
        }
    }

    private static void offer(SSLSocket socket, String... protocols) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
    }

    @Test
    void optionsThatMakeNoSenseAreRefusedByName() {
        TlsOptions tls = TlsOptions.defaults();
        for (String[] bad : new String[][] {{}, {"TLSv1.1"}, {"SSLv3", "TLSv1.3"}, {"tls"}, {""}}) {
            assertThatThrownBy(() -> tls.protocols(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("protocols " + Arrays.asList(bad))
                    .hasMessageContaining("TLSv1.2");
        }
        for (String bad : new String[] {"", "x".repeat(256)}) {
            assertThatThrownBy(() -> tls.applicationProtocols("h2", bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("applicationProtocols");
        }
    }

    @Test
    void aWarmCallOrLeaseCostsNoHandshake() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        TlsOptions counting = TlsOptions.defaults().context(() -> {
            asked.incrementAndGet();
            return TlsPeers.CERTIFICATE.client();
        });
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Client client = atRest.client(TlsPeers.options(counting));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), Codecs.lines());
            for (int i = 0; i < 50; i++) {
                assertThat(remote.call("call " + i)).isEqualTo("call " + i);
            }
            assertThat(server.connections()).isEqualTo(1);
            for (int i = 0; i < 10; i++) {
                try (Lease lease = client.lease(TlsPeers.at(server))) {
                    lease.output().write("four\n".getBytes(StandardCharsets.US_ASCII));
                    assertThat(lease.input().readNBytes(5)).isEqualTo("four\n".getBytes(StandardCharsets.US_ASCII));
                    lease.keep();
                }
            }
            assertThat(server.connections()).isEqualTo(2);
            assertThat(asked).hasValue(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theSameContextResumesSessions(String version) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (FaultServer server = FaultServer.start(TlsPeers.in(version).run(TlsPeers.ECHO_LINES))) {
            Client client = atRest.client(TlsPeers.options().observer(new MicrometerObserver(registry)));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), Codecs.lines());
            for (int i = 0; i < 3; i++) {
                assertThat(remote.call("x")).isEqualTo("x");
                client.evict(TlsPeers.at(server));
            }
            assertThat(server.connections()).isEqualTo(3);
            assertThat(atRest.reports.secured).extracting(Handshake::resumed).containsExactly(false, true, true);
            assertThat(handshakes(registry, "full")).isEqualTo(1);
            assertThat(handshakes(registry, "resumed")).isEqualTo(2);
        }
    }

    private static long handshakes(SimpleMeterRegistry registry, String kind) {
        return registry.get("plainweave.tls.handshakes")
                .tag("kind", kind)
                .timer()
                .count();
    }

    @Test
    void anotherContextRetiresIdleConnectionsNowAndBusyOnesAfterTheirExchange() throws IOException {
        AtomicReference<SSLContext> current = new AtomicReference<>(TlsPeers.CERTIFICATE.client());
        TlsOptions rotating = TlsOptions.defaults().context(current::get);
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            // The housekeeper comes at a quarter of leakAfter.
            Client client = atRest.client(TlsPeers.options(rotating).leakAfter(Duration.ofMillis(100)));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), Codecs.lines());
            remote.call("idle from now on");
            try (Lease busy = client.lease(TlsPeers.at(server))) {
                current.set(ELSEWHERE.client());
                try (Lease after = client.lease(TlsPeers.at(server))) {
                    Callers.until("the idle one is closed", () -> reasons().equals(List.of(Reason.OUTDATED)));
                    exchange(after);
                    after.keep();
                }
                exchange(busy);
                busy.keep();
            }
            assertThat(reasons()).containsExactly(Reason.OUTDATED, Reason.OUTDATED);
            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
            assertThat(remote.call("x")).isEqualTo("x");
        }
    }

    @Test
    void whoFindsAConnectionOfAnotherContextGetsANewOne() {
        AtomicReference<SSLContext> current = new AtomicReference<>(TlsPeers.CERTIFICATE.client());
        TlsOptions rotating = TlsOptions.defaults().context(current::get);
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Client client = atRest.client(TlsPeers.options(rotating));
            Remote<String, String> remote = client.remote(TlsPeers.at(server), Codecs.lines());
            remote.call("idle from now on");
            current.set(ELSEWHERE.client());
            client.lease(TlsPeers.at(server)).close();
            assertThat(remote.call("x")).isEqualTo("x");
            assertThat(server.connections()).isEqualTo(3);
            assertThat(reasons()).containsExactlyInAnyOrder(Reason.NOT_KEPT, Reason.OUTDATED);
        }
    }

    private List<Reason> reasons() {
        return atRest.reports.closed.stream().map(closed -> closed.reason()).toList();
    }

    private static void exchange(Lease lease) throws IOException {
        lease.output().write("x\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(lease.input().readNBytes(2)).isEqualTo("x\n".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aSupplierThatFailsIsToldAndTheNextCallIsServed() throws Exception {
        AtomicReference<SSLContext> none = new AtomicReference<>();
        AtomicInteger asked = new AtomicInteger();
        TlsOptions failing = TlsOptions.defaults().context(() -> switch (asked.incrementAndGet()) {
            case 1 -> throw new IllegalArgumentException("no keys today");
            case 2 -> none.get();
            default -> TlsPeers.CERTIFICATE.client();
        });
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Remote<String, String> remote = lines(failing, TlsPeers.at(server));
            assertThat(refused(remote)).hasMessageContaining("no keys today");
            assertThat(refused(remote)).hasMessageContaining("SSLContext gave null");
            server.awaitConnections(2, PATIENCE);
            server.awaitOpen(0, PATIENCE);
            assertThat(remote.call("x")).isEqualTo("x");
        }
    }

    @Test
    void aTrustManagerMayAskWhereTheSocketLeads() throws Exception {
        List<String> told = new ArrayList<>();
        SSLContext context = TlsPeers.showing(socket -> {
            told.add(socket.getInetAddress().getHostAddress() + ":" + socket.getPort());
            told.add(socket.getRemoteSocketAddress().toString());
            told.add(socket.getLocalAddress().getHostAddress());
            told.add(socket.getLocalSocketAddress() + " " + socket.getLocalPort());
            told.add(socket.toString());
        });
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            lines(TlsPeers.trusting(context), TlsPeers.at(server)).call("x");
            assertThat(told.get(0)).isEqualTo("127.0.0.1:" + server.port());
            assertThat(told.get(1)).endsWith("/127.0.0.1:" + server.port());
            assertThat(told.get(2)).isEqualTo("127.0.0.1");
            assertThat(told.get(3)).matches("/127\\.0\\.0\\.1:(\\d+) \\1");
        }
    }

    @Test
    void aTrustManagerThatThrowsIsTold() throws Exception {
        SSLContext broken = TlsPeers.showing(socket -> {
            throw new IllegalStateException("no opinion");
        });
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Remote<String, String> remote = lines(TlsPeers.trusting(broken), TlsPeers.at(server));
            assertThat(refused(remote)).hasMessageContaining("no opinion");
            server.awaitOpen(0, PATIENCE);
            Client client = atRest.client(TlsPeers.options(TlsPeers.trusting(broken)));
            try (FaultServer plain = FaultServer.start(TlsPeers.TLS);
                    Lease lease = client.lease(TlsPeers.plainAt(plain))) {
                assertThatThrownBy(lease::startTls)
                        .isInstanceOf(UnreachableException.class)
                        .hasMessageContaining("no opinion");
                lease.keep();
            }
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void aPeerThatAnswersInPlainIsToldAsSuch() {
        Script answers = FaultServer.script().readClientHello().reply("HTTP/1.1 400 Bad Request\r\n\r\n");
        Script greets = FaultServer.script().reply("220 plain.test ESMTP\r\n").stall();
        for (Script plain : List.of(answers, greets)) {
            try (FaultServer server = FaultServer.start(plain)) {
                assertThat(refused(lines(TlsPeers.trusting(), TlsPeers.at(server)))
                                .getMessage())
                        .containsAnyOf("the peer does not speak TLS", "the peer sent plaintext before");
            }
        }
    }

    @Test
    void aPeerThatEchoesTheHandshakeIsRefused() {
        try (EchoServer server = EchoServer.start()) {
            refused(lines(TlsPeers.trusting(), Endpoint.tls("peer.test", server.port())));
        }
    }

    @Test
    void aPlainClientAtATlsPortIsTold() throws Exception {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Remote<byte[], byte[]> frames = atRest.client(TlsPeers.options())
                    .remote(TlsPeers.plainAt(server), Codecs.lengthPrefixed(4, ByteOrder.BIG_ENDIAN));
            CodecException failure = catchThrowableOfType(CodecException.class, () -> frames.call(new byte[100]));
            assertThat(failure).hasMessageContaining("maxFrame");
            server.awaitOpen(0, PATIENCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void someMebibytesGoBothWaysUnharmed(String version) throws IOException {
        int block = 96 * 1024;
        Script echo = TlsPeers.in(version)
                .run(FaultServer.script()
                        .readExactly(block)
                        .replyWith(bytes -> bytes)
                        .repeat());
        try (FaultServer server = FaultServer.start(echo);
                Lease lease = atRest.client(TlsPeers.options()).lease(TlsPeers.at(server))) {
            Random random = new Random(1);
            byte[] sent = new byte[block];
            for (int i = 0; i < 32; i++) {
                random.nextBytes(sent);
                lease.output().write(sent);
                assertThat(Arrays.equals(lease.input().readNBytes(block), sent)).isTrue();
            }
            lease.keep();
        }
    }
}
