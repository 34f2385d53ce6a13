package plainweave.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.testcontainers.images.builder.Transferable;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.TlsOptions;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.observe.Handshake;
import plainweave.observe.Observer;
import plainweave.testing.TestCertificate;

/** TLS with nginx: versions, certificates it should not get away with, and clients that show one. */
@NeedsDocker
final class NginxTlsIT {
    private static final TestCertificate GOOD = TestCertificate.of("nginx.test", "127.0.0.1");
    private static final TestCertificate OTHER_NAME = TestCertificate.of("other.test");
    private static final TestCertificate EXPIRED = TestCertificate.expired("nginx.test");
    private static final TestCertificate SELF_SIGNED = TestCertificate.selfSigned("nginx.test");

    private static final int TLS_1_2 = 4412;
    private static final int TLS_1_3 = 4413;
    private static final int WITH_OTHER_NAME = 4420;
    private static final int WITH_EXPIRED = 4421;
    private static final int WITH_SELF_SIGNED = 4422;
    private static final int ASKS_FOR_A_CERTIFICATE = 4430;
    private static final int PLAIN = 80;

    private static ServerContainer nginx;

    private final List<Handshake> secured = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        nginx = ServerContainer.nginx(configuration())
                .withExposedPorts(
                        PLAIN,
                        TLS_1_2,
                        TLS_1_3,
                        WITH_OTHER_NAME,
                        WITH_EXPIRED,
                        WITH_SELF_SIGNED,
                        ASKS_FOR_A_CERTIFICATE);
        certificate("good", GOOD);
        certificate("other", OTHER_NAME);
        certificate("expired", EXPIRED);
        certificate("self", SELF_SIGNED);
        nginx.withCopyToContainer(Transferable.of(GOOD.authorityPem()), "/authority.pem");
        nginx.start();
    }

    private static void certificate(String name, TestCertificate certificate) {
        nginx.withCopyToContainer(Transferable.of(certificate.chainPem()), "/" + name + ".pem")
                .withCopyToContainer(Transferable.of(certificate.keyPem()), "/" + name + ".key");
    }

    private static String configuration() {
        return """
                daemon off;
                error_log /dev/stderr;
                events {}
                http {
                    access_log off;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_session_cache shared:sessions:1m;
                    server { listen %d; return 200 "plain"; }
                    %s
                }
                """.formatted(
                        PLAIN,
                        String.join(
                                "\n",
                                List.of(
                                        server(TLS_1_2, "good", "ssl_protocols TLSv1.2;"),
                                        server(TLS_1_3, "good", "ssl_protocols TLSv1.3;"),
                                        server(WITH_OTHER_NAME, "other", ""),
                                        server(WITH_EXPIRED, "expired", ""),
                                        server(WITH_SELF_SIGNED, "self", ""),
                                        server(
                                                ASKS_FOR_A_CERTIFICATE,
                                                "good",
                                                "ssl_verify_client on; ssl_client_certificate /authority.pem;"))));
    }

    private static String server(int port, String certificate, String more) {
        return """
                server {
                    listen %d ssl;
                    ssl_certificate /%s.pem;
                    ssl_certificate_key /%s.key;
                    %s
                    return 200 "$ssl_protocol $ssl_server_name $ssl_client_verify";
                }
                """.formatted(port, certificate, certificate, more);
    }

    @AfterAll
    static void stop() {
        nginx.stop();
    }

    @AfterEach
    void nothingIsLeftBehind() {
        for (Client client : clients) {
            assertThat(client.stats().permitsOut()).isZero();
            assertThat(client.stats().connectionsInUse()).isZero();
            client.close();
            assertThat(client.stats().connectionsClosed())
                    .isEqualTo(client.stats().connectionsOpened());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {TLS_1_2, TLS_1_3})
    void eachVersionIsSpokenOverOneHandshakeForManyCalls(int port) {
        Remote<String, String> remote = remote(port, trusting(withoutSessions()));
        for (int i = 0; i < 10; i++) {
            assertThat(remote.call("/")).isEqualTo((port == TLS_1_2 ? "TLSv1.2" : "TLSv1.3") + " nginx.test NONE");
        }
        assertThat(secured)
                .singleElement()
                .satisfies(one -> assertThat(one.resumed()).isFalse());
    }

    @ParameterizedTest
    @ValueSource(ints = {TLS_1_2, TLS_1_3})
    void theNextConnectionResumesTheSession(int port) {
        Client client = client(trusting(withoutSessions()));
        Remote<String, String> remote = client.remote(at(port), new HttpText());
        remote.call("/");
        client.evict(at(port));
        remote.call("/");

        assertThat(secured).extracting(Handshake::resumed).containsExactly(false, true);
    }

    @Test
    void aCertificateForAnotherNameIsRefused() {
        refused(WITH_OTHER_NAME, trusting(GOOD.client()), "nginx.test");
        assertThat(remote(WITH_OTHER_NAME, trusting(GOOD.client()).insecureAnyHostName())
                        .call("/"))
                .endsWith(" nginx.test NONE");
    }

    @Test
    void anExpiredCertificateIsRefused() {
        refused(WITH_EXPIRED, trusting(GOOD.client()), "expired");
    }

    @Test
    void aSelfSignedCertificateIsRefused() {
        refused(WITH_SELF_SIGNED, trusting(GOOD.client()), "path");
    }

    @Test
    void anAuthorityTheJdkDoesNotKnowIsRefusedByDefault() {
        refused(TLS_1_3, TlsOptions.defaults(), "path");
    }

    @Test
    void aPeerThatSpeaksPlaintextIsRefused() {
        refused(PLAIN, trusting(GOOD.client()), "does not speak TLS");
    }

    @Test
    void aClientShowsItsCertificateWhereItIsAskedFor() {
        assertThat(remote(ASKS_FOR_A_CERTIFICATE, trusting(GOOD.both())).call("/"))
                .endsWith(" nginx.test SUCCESS");
        // nginx shakes hands all the same, and says in its reply what it misses.
        assertThat(remote(ASKS_FOR_A_CERTIFICATE, trusting(GOOD.client())).call("/"))
                .contains("No required SSL certificate was sent");
    }

    @Test
    void anotherContextTakesTheNextCallsAlong() {
        AtomicReference<SSLContext> context = new AtomicReference<>(GOOD.client());
        Client client = client(TlsOptions.defaults().context(context::get));
        Remote<String, String> remote = client.remote(at(ASKS_FOR_A_CERTIFICATE), new HttpText());
        assertThat(remote.call("/")).contains("No required SSL certificate was sent");
        context.set(GOOD.both());
        client.evict(at(ASKS_FOR_A_CERTIFICATE));

        assertThat(remote.call("/")).endsWith(" nginx.test SUCCESS");
    }

    private void refused(int port, TlsOptions tls, String because) {
        UnreachableException failure = catchThrowableOfType(
                UnreachableException.class, () -> remote(port, tls).call("/"));
        assertThat(failure.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.phase()).isEqualTo(Phase.TLS);
            assertThat(attempt.toString()).contains(because);
        });
        assertThat(failure).hasMessageContaining("nginx.test:" + nginx.getMappedPort(port));
    }

    /** A context trusts the same authority as others, but has its sessions for itself. */
    private static SSLContext withoutSessions() {
        return TestCertificate.of("unused.test").client();
    }

    private static TlsOptions trusting(SSLContext context) {
        return TlsOptions.defaults().context(context);
    }

    private Remote<String, String> remote(int port, TlsOptions tls) {
        return client(tls).remote(at(port), new HttpText());
    }

    private Client client(TlsOptions tls) {
        Client client = Client.create(ClientOptions.builder()
                .tls(tls)
                .dns(host -> List.of(InetAddress.getByName(nginx.getHost())))
                .observer(new Observer() {
                    @Override
                    public void secured(Handshake event) {
                        secured.add(event);
                    }
                })
                .build());
        clients.add(client);
        return client;
    }

    private static Endpoint at(int port) {
        return Endpoint.tls("nginx.test", nginx.getMappedPort(port));
    }

    /** The text of a page, by as little of HTTP/1.1 (RFC 9112) as that takes. */
    private static final class HttpText implements Codec<String, String> {
        @Override
        public void write(String path, ByteWriter out) throws IOException {
            out.writeString("GET " + path + " HTTP/1.1\r\nHost: nginx.test\r\n\r\n", US_ASCII);
        }

        @Override
        public String read(String path, ByteReader in) throws IOException {
            int length = 0;
            for (String line = in.readLine(US_ASCII); !line.isEmpty(); line = in.readLine(US_ASCII)) {
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(
                            line.substring(line.indexOf(':') + 1).strip());
                }
            }
            return in.readString(length, US_ASCII);
        }
    }
}
