package plainweave;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.testing.TestCertificate;

/** Peers under TLS that go by the name of peer.test, and options of clients that trust them. */
final class TlsPeers {
    static final TestCertificate CERTIFICATE = TestCertificate.of("peer.test", "127.0.0.1");

    /** The handshake; what follows is said under TLS. */
    static final Script TLS = FaultServer.script().startTls(CERTIFICATE.server());

    static final Script ECHO_LINE = FaultServer.script()
            .readLine()
            .replyWith(line -> (new String(line, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8));

    static final Script ECHO_LINES = ECHO_LINE.repeat();

    static final Script TLS_ECHO_LINES = TLS.run(ECHO_LINES);

    private static final Dns DNS = Dns.fixed(Map.of(
            "peer", List.of(InetAddress.getLoopbackAddress()),
            "peer.test", List.of(InetAddress.getLoopbackAddress()),
            "other.test", List.of(InetAddress.getLoopbackAddress())));

    private TlsPeers() {}

    static Endpoint at(FaultServer server) {
        return Endpoint.tls("peer.test", server.port());
    }

    static Endpoint plainAt(FaultServer server) {
        return Endpoint.of("peer.test", server.port());
    }

    /** The handshake in one version only. */
    static Script in(String version) {
        return FaultServer.script()
                .startTls(CERTIFICATE.server(), socket -> socket.setEnabledProtocols(new String[] {version}));
    }

    /** Without a session: one of an earlier test would be resumed where the system gives its port to another. */
    static TlsOptions trusting() {
        SSLSessionContext sessions = CERTIFICATE.client().getClientSessionContext();
        for (byte[] id : Collections.list(sessions.getIds())) {
            SSLSession session = sessions.getSession(id);
            if (session != null) {
                session.invalidate();
            }
        }
        return trusting(CERTIFICATE.client());
    }

    static TlsOptions trusting(SSLContext context) {
        return TlsOptions.defaults().context(context);
    }

    static ClientOptions.Builder options(TlsOptions tls) {
        return ClientOptions.builder().dns(DNS).tls(tls);
    }

    static ClientOptions.Builder options() {
        return options(trusting());
    }

    /** Shows each connection's socket during its handshake, and trusts everybody. */
    static SSLContext showing(Consumer<Socket> seen) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting(seen)}, null);
        return context;
    }

    /** Trusts everybody. */
    private static final class Trusting extends X509ExtendedTrustManager {
        private final Consumer<Socket> seen;

        Trusting(Consumer<Socket> seen) {
            this.seen = seen;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            seen.accept(socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
