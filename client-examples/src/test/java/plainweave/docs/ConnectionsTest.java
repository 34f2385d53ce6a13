package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.TlsOptions;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.TestCertificate;

class ConnectionsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void namesComeFromATable() throws UnknownHostException {
        try (EchoServer server = EchoServer.start()) {
            int port = server.port();
            // region dns
            ClientOptions options = ClientOptions.builder()
                    .dns(Dns.fixed(Map.of("search.example", List.of(InetAddress.getByName("127.0.0.1")))))
                    .build();
            Endpoint endpoint = Endpoint.of("search.example", port);
            // endregion
            try (Client client = Client.create(options)) {
                assertThat(client.remote(endpoint, Codecs.lines()).call("hello"))
                        .isEqualTo("hello");
                assertThat(client.stats().dnsLookups()).isOne();
            }
        }
    }

    @Test
    void aDeadPeerTellsEveryAttempt() {
        try (DeadPort dead = FaultServer.refusing();
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(Endpoint.of(dead.host(), dead.port()), Codecs.lines());

            assertThatThrownBy(() -> remote.call("hello"))
                    .isInstanceOfSatisfying(
                            UnreachableException.class,
                            e -> assertThat(e.attempts()).hasSize(1));
        }
    }

    @Test
    void connectionsAreUpBeforeTheyAreNeeded() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
            // region warm
            remote.warm(4); // opens four, login included, and keeps so many up
            // endregion
            assertThat(client.stats().connectionsIdle()).isEqualTo(4);
            // region warm
            remote.warm(0); // no longer
            client.evict(endpoint); // closes the idle ones now, the others after their exchange
            // endregion
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void certificatesAreTrustedAndRotated() {
        TestCertificate certificate = TestCertificate.of("localhost");
        try (FaultServer server = FaultServer.start(
                FaultServer.script().startTls(certificate.server()).readLine().reply("hello\n"))) {
            Supplier<SSLContext> keys = certificate::client;
            int port = server.port();
            // region tls
            ClientOptions options = ClientOptions.builder()
                    .tls(TlsOptions.defaults().context(keys)) // whom to trust, and who we are
                    .build();
            Endpoint endpoint = Endpoint.tls("localhost", port);
            // endregion
            try (Client client = Client.create(options)) {
                assertThat(client.remote(endpoint, Codecs.lines()).call("hello"))
                        .isEqualTo("hello");
            }
        }
    }

    @Test
    void aUnixSocketIsAnEndpoint(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("echo.sock");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Client client = Client.create()) {
            listener.bind(UnixDomainSocketAddress.of(path));
            Thread server = Thread.startVirtualThread(() -> echoOnce(listener));
            // region unix
            Remote<String, String> remote = client.remote(Endpoint.unix(path), Codecs.lines());
            // endregion
            assertThat(remote.call("hello")).isEqualTo("hello");
            server.join();
        }
    }

    private static void echoOnce(ServerSocketChannel listener) {
        try (SocketChannel peer = listener.accept()) {
            ByteBuffer line = ByteBuffer.allocate(64);
            while (line.position() == 0 || line.get(line.position() - 1) != '\n') {
                peer.read(line);
            }
            peer.write(line.flip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
