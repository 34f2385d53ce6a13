package plainweave.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static plainweave.testing.Client.SOON;
import static plainweave.testing.FaultServer.script;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TLS, well and badly, seen from the JDK's own client. */
@Timeout(20)
class TlsTest {
    private static final TestCertificate CERTIFICATE = TestCertificate.of("localhost", "127.0.0.1");
    private static final int GLIMPSE_MILLIS = 100;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void framesAreThoseInsideTls() throws Exception {
        Script echo = script().readLine().replyWith(line -> line).repeat(2);
        FaultServer server = start(script().startTls(CERTIFICATE.server()).run(echo));
        SSLSocket client = connect(server, "localhost");
        client.getOutputStream().write("one\ntwo\n".getBytes(StandardCharsets.UTF_8));
        assertEquals("onetwo", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(2, server.requests());
        assertEquals(8, server.bytesRead());
        server.assertNoFailures();
    }

    @Test
    void tlsMayBeginAfterSomeWordsInPlain() throws Exception {
        FaultServer server = start(script().reply("220 \n")
                .readLine()
                .reply("go\n")
                .startTls(CERTIFICATE.server())
                .reply("secret"));
        Socket plain = new Client(server.address()).socket;
        open.push(plain);
        plain.getInputStream().readNBytes(5);
        plain.getOutputStream().write("STARTTLS\n".getBytes(StandardCharsets.UTF_8));
        plain.getInputStream().readNBytes(3);
        SSLSocket client = over(plain, "localhost");
        assertEquals("secret", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    /** To a client of the JDK both are ends of the stream, unless com.sun.net.ssl.requireCloseNotify is set. */
    @Test
    void aScriptThatEndsSendsCloseNotifyAndACutOneDoesNot() throws Exception {
        Script ended = script().startTls(CERTIFICATE.server()).readLine().reply("abc");
        Script cut =
                script().startTls(CERTIFICATE.server()).readLine().cutAfter(3).reply("abcdef");
        assertTrue(bytesAfterTheReply(start(ended)) > 0);
        assertEquals(0, bytesAfterTheReply(start(cut)));
    }

    @Test
    void tlsBeginsOnce() throws Exception {
        FaultServer server = start(script().startTls(CERTIFICATE.server()).repeat());
        assertEquals(-1, connect(server, "localhost").getInputStream().read());
        server.awaitOpen(0, SOON);
        assertInstanceOf(IllegalStateException.class, server.failures().getFirst());
    }

    @Test
    void aHalfClosedServerStillReadsUnderTls() throws Exception {
        FaultServer server = start(
                script().startTls(CERTIFICATE.server()).readLine().halfClose().readLine());
        SSLSocket client = connect(server, "localhost");
        client.getOutputStream().write('\n');
        assertEquals(-1, client.getInputStream().read());
        client.getOutputStream().write('\n');
        server.awaitRequests(2, SOON);
    }

    @Test
    void aResetIsOneUnderTlsToo() throws Exception {
        FaultServer server =
                start(script().startTls(CERTIFICATE.server()).readLine().reset());
        SSLSocket client = connect(server, "localhost");
        client.getOutputStream().write('\n');
        IOException reset =
                assertThrows(IOException.class, () -> client.getInputStream().read());
        assertTrue(reset instanceof SocketException || reset.getCause() instanceof SocketException, reset.toString());
    }

    @Test
    void closeEndsAScriptThatReadsUnderTls() throws Exception {
        FaultServer.Gate shaken = FaultServer.gate();
        FaultServer server =
                start(script().startTls(CERTIFICATE.server()).open(shaken).stall());
        SSLSocket client = connect(server, "localhost");
        shaken.await(SOON);
        server.close();
        assertEquals(0, server.open());
        assertTrue(client.isConnected());
    }

    @Test
    void aHandshakeHangs() throws Exception {
        FaultServer server = start(script().readClientHello().stall());
        Client plain = new Client(server.address());
        open.push(plain);
        plain.socket.setSoTimeout(GLIMPSE_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> over(plain.socket, "localhost"));
        assertEquals(1, server.requests());
    }

    @Test
    void aClientOfTlsIsAnsweredInPlain() {
        FaultServer server = start(script().readClientHello().reply("HTTP/1.1 400 Bad Request\r\n\r\n"));
        assertThrows(SSLException.class, () -> connect(server, "localhost"));
    }

    @Test
    void aHandshakeIsRefusedByAnAlert() {
        FaultServer server = start(script().readClientHello().tlsAlert(40));
        SSLException refused = assertThrows(SSLException.class, () -> connect(server, "localhost"));
        assertTrue(refused.toString().contains("handshake_failure"), refused.toString());
    }

    @Test
    void anExpiredCertificateIsRefused() {
        FaultServer server =
                start(script().startTls(TestCertificate.expired("localhost").server()));
        Throwable refused = assertThrows(SSLHandshakeException.class, () -> connect(server, "localhost"));
        while (refused.getCause() != null) {
            refused = refused.getCause();
        }
        assertInstanceOf(CertificateExpiredException.class, refused);
    }

    @Test
    void aCertificateOfAnotherHostIsRefused() throws Exception {
        FaultServer server = start(script().startTls(CERTIFICATE.server()));
        assertThrows(SSLHandshakeException.class, () -> connect(server, "elsewhere.example"));
        assertTrue(connect(server, "127.0.0.1").getSession().isValid());
    }

    @Test
    void aSelfSignedCertificateIsRefused() {
        FaultServer server =
                start(script().startTls(TestCertificate.selfSigned("localhost").server()));
        assertThrows(SSLHandshakeException.class, () -> connect(server, "localhost"));
    }

    @Test
    void theServerShakesHandsInItsOwnWay() throws Exception {
        FaultServer server = start(script().startTls(CERTIFICATE.both(), socket -> {
                    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                    socket.setNeedClientAuth(true);
                })
                .reply("secret"));
        // Its alert, or the reset behind it.
        assertThrows(IOException.class, () -> connect(server, "localhost"));
        SSLSocket client = connect(server, CERTIFICATE.both(), "localhost");
        assertEquals("TLSv1.2", client.getSession().getProtocol());
        assertEquals("secret", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void aFailedHandshakeIsRemembered() throws Exception {
        FaultServer server = start(script().startTls(CERTIFICATE.server()).then(script().readClientHello()));
        for (int i = 1; i <= 2; i++) {
            Client client = new Client(server.address());
            open.push(client);
            client.send("GET / HTTP/1.1\r\n\r\n");
            client.socket.shutdownOutput();
            server.awaitConnections(i, SOON);
            server.awaitOpen(0, SOON);
            assertEquals(i, server.failures().size());
        }
        assertInstanceOf(SSLException.class, server.failures().getFirst());
    }

    @Test
    void impossibleAlertsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> script().tlsAlert(-1));
        assertThrows(IllegalArgumentException.class, () -> script().tlsAlert(256));
    }

    private FaultServer start(Script script) {
        FaultServer server = FaultServer.start(script);
        open.push(server);
        return server;
    }

    private int bytesAfterTheReply(FaultServer server) throws IOException {
        CountingSocket plain = new CountingSocket();
        open.push(plain);
        plain.connect(server.address());
        SSLSocket client = over(plain, "localhost");
        client.getOutputStream().write('\n');
        assertArrayEquals(
                "abc".getBytes(StandardCharsets.UTF_8), client.getInputStream().readNBytes(3));
        int before = plain.bytes;
        assertEquals(-1, client.getInputStream().read());
        return plain.bytes - before;
    }

    private SSLSocket connect(FaultServer server, String host) throws IOException {
        return connect(server, CERTIFICATE.client(), host);
    }

    private SSLSocket connect(FaultServer server, SSLContext context, String host) throws IOException {
        Client plain = new Client(server.address());
        open.push(plain);
        return over(plain.socket, context, host);
    }

    private SSLSocket over(Socket plain, String host) throws IOException {
        return over(plain, CERTIFICATE.client(), host);
    }

    private SSLSocket over(Socket plain, SSLContext context, String host) throws IOException {
        SSLSocket client = (SSLSocket) context.getSocketFactory().createSocket(plain, host, plain.getPort(), true);
        open.push(client);
        SSLParameters checked = client.getSSLParameters();
        checked.setEndpointIdentificationAlgorithm("HTTPS");
        client.setSSLParameters(checked);
        client.startHandshake();
        return client;
    }

    private static final class CountingSocket extends Socket {
        private int bytes;

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read(byte[] into, int off, int len) throws IOException {
                    int count = super.read(into, off, len);
                    bytes += Math.max(count, 0);
                    return count;
                }
            };
        }
    }
}
