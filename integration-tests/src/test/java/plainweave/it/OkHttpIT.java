package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.testcontainers.images.builder.Transferable;
import plainweave.Client;
import plainweave.TlsOptions;
import plainweave.observe.micrometer.Meters;
import plainweave.testing.TestCertificate;

/** OkHttp on sockets of a client: in plain, and under TLS, where it speaks HTTP/2, or 1.1. */
@NeedsDocker
final class OkHttpIT {
    private static final TestCertificate CERTIFICATE = TestCertificate.of("nginx.test");
    private static final int PLAIN = 80;
    private static final int TLS = 443;

    private static final String CONFIGURATION = """
            daemon off;
            error_log /dev/stderr;
            events { worker_connections 4096; }
            http {
                access_log off;
                client_max_body_size 0;
                keepalive_requests 100000;
                server {
                    listen 80;
                    listen 443 ssl http2;
                    ssl_certificate /good.pem;
                    ssl_certificate_key /good.key;
                    return 200 "$request_uri";
                }
            }
            """;

    private static ServerContainer nginx;

    @RegisterExtension
    final AtRest atRest = new AtRest(() -> nginx.connections());

    private final Foreign foreign = new Foreign();
    private Client client;

    @BeforeAll
    static void start() {
        nginx = ServerContainer.nginx(CONFIGURATION)
                .withExposedPorts(PLAIN, TLS)
                .withCopyToContainer(Transferable.of(CERTIFICATE.chainPem()), "/good.pem")
                .withCopyToContainer(Transferable.of(CERTIFICATE.keyPem()), "/good.key");
        nginx.start();
    }

    @AfterAll
    static void stop() {
        nginx.stop();
    }

    @BeforeEach
    void open() {
        client = atRest.client(foreign.options(nginx).tls(TlsOptions.defaults().context(CERTIFICATE.client())));
    }

    private OkHttpClient.Builder okHttp() throws Exception {
        return onSocketsOf(client, trusting(CERTIFICATE));
    }

    // region sockets
    static OkHttpClient.Builder onSocketsOf(Client client, X509TrustManager trust) {
        return new OkHttpClient.Builder()
                .socketFactory(client.socketFactory())
                .sslSocketFactory(client.sslSocketFactory(), trust)
                .dns(host -> List.of(onlyNamed(host))); // the client looks up the name
    }

    /** Carries the name to the client. A connect to the address itself fails, and no two names share one. */
    static InetAddress onlyNamed(String host) throws UnknownHostException {
        UUID digest = UUID.nameUUIDFromBytes(host.getBytes(StandardCharsets.UTF_8));
        ByteBuffer address = ByteBuffer.allocate(16);
        address.putLong(0xFF00L << 48); // IPv6 multicast, of a scope that nobody uses
        address.putLong(digest.getLeastSignificantBits());
        return InetAddress.getByAddress(host, address.array());
    }
    // endregion

    private static X509TrustManager trusting(TestCertificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        byte[] pem = certificate.authorityPem().getBytes(StandardCharsets.US_ASCII);
        store.setCertificateEntry(
                "authority",
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem)));
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        return (X509TrustManager) managers.getTrustManagers()[0];
    }

    private static Request.Builder to(int port, String path) {
        return new Request.Builder()
                .url((port == TLS ? "https" : "http") + "://nginx.test:" + nginx.getMappedPort(port) + path);
    }

    private static Protocol get(OkHttpClient http, int port, int number) throws IOException {
        try (Response response = http.newCall(to(port, "/" + number).build()).execute()) {
            assertThat(response.body().string()).isEqualTo("/" + number);
            return response.protocol();
        }
    }

    private static void end(OkHttpClient http) {
        http.connectionPool().evictAll();
        http.dispatcher().executorService().shutdown();
    }

    @Test
    void aThousandPlainRequestsFromVirtualThreadsAreAnswered() throws Exception {
        OkHttpClient http = okHttp().build();
        Foreign.callAThousandTimes(
                Foreign.SOCKETS, number -> assertThat(get(http, PLAIN, number)).isEqualTo(Protocol.HTTP_1_1));
        assertThat(client.stats().dnsLookups()).as("of the one name").isOne();
        end(http);
        foreign.assertMetered(client, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "http/1.1"})
    void aThousandRequestsUnderTlsFromVirtualThreadsAreAnswered(String protocol) throws Exception {
        Protocol spoken = Protocol.get(protocol);
        OkHttpClient http = okHttp().protocols(
                        spoken == Protocol.HTTP_2 ? List.of(spoken, Protocol.HTTP_1_1) : List.of(spoken))
                .build();
        Foreign.callAThousandTimes(
                Foreign.SOCKETS, number -> assertThat(get(http, TLS, number)).isEqualTo(spoken));
        end(http);
        foreign.assertMetered(client, 1);
        assertThat(foreign.registry.find(Meters.HANDSHAKES.meterName()).timers().stream()
                        .mapToLong(timer -> timer.count())
                        .sum())
                .isEqualTo(client.stats().connectionsOpened());
    }

    @ParameterizedTest
    @ValueSource(ints = {PLAIN, TLS})
    void aServerThatTakesNothingIsLeftAfterSilence(int port) throws Exception {
        // OkHttp has a time-out for writes too, and HTTP/2 stops by itself where nothing is acknowledged.
        OkHttpClient http = okHttp().writeTimeout(Duration.ZERO)
                .readTimeout(Duration.ofSeconds(20))
                .protocols(List.of(Protocol.HTTP_1_1))
                .retryOnConnectionFailure(false)
                .build();
        get(http, port, 1);
        try (AutoCloseable frozen = nginx.frozen()) {
            Request upload = to(port, "/upload")
                    .post(RequestBody.create(new byte[Foreign.MORE_THAN_FITS]))
                    .build();
            Foreign.assertCutForSilence(catchThrowableOfType(
                    IOException.class, () -> http.newCall(upload).execute()));
        }
        end(http);
        foreign.assertMetered(client, 1);
    }
}
