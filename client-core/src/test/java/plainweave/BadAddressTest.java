package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.ConnectionLostException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** One address of a name accepts connections and is no good above TCP; and ends that TLS and leases have to tell from good ones. */
class BadAddressTest {
    private static final int HANDSHAKE_FAILURE = 40;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    /** A port that is free at one address may be in use at the other. */
    private static FaultServer besides(FaultServer server, String address, Script script) {
        return FaultServer.startAt(new InetSocketAddress(address, server.port()), script);
    }

    private static Dns answering(String... addresses) {
        return host -> {
            List<InetAddress> all = new ArrayList<>();
            for (String address : addresses) {
                all.add(InetAddress.getByName(address));
            }
            return all;
        };
    }

    @Test
    void whereTlsFailsAtOneAddressTheOthersAreTriedInTheSameCall() {
        try (FaultServer good = FaultServer.start(TlsPeers.TLS_ECHO_LINES);
                FaultServer bad = besides(
                        good,
                        "127.0.0.2",
                        FaultServer.script().readClientHello().tlsAlert(HANDSHAKE_FAILURE))) {
            Client client = atRest.client(TlsPeers.options().dns(answering("127.0.0.2", "127.0.0.1")));
            Remote<String, String> remote = client.remote(TlsPeers.at(good), Codecs.lines());
            for (int i = 0; i < 20; i++) {
                assertThat(remote.call("x")).isEqualTo("x");
                client.evict(TlsPeers.at(good));
            }
            assertThat(bad.connections()).as("it is not tried first again").isEqualTo(1);
        }
    }

    @Test
    void whereNoAddressWillDoEveryAttemptIsListed() {
        try (FaultServer bad = FaultServer.startAt(
                        new InetSocketAddress("127.0.0.2", 0),
                        FaultServer.script().readClientHello().tlsAlert(HANDSHAKE_FAILURE));
                DeadPort refusing = FaultServer.refusingAt(new InetSocketAddress("127.0.0.9", bad.port()))) {
            Client client = atRest.client(TlsPeers.options().dns(answering("127.0.0.9", "127.0.0.2")));
            UnreachableException failure = catchThrowableOfType(
                    UnreachableException.class,
                    () -> client.remote(TlsPeers.at(bad), Codecs.lines()).call("x"));
            assertThat(refusing.port()).isEqualTo(bad.port());
            assertThat(failure.attempts())
                    .extracting(attempt -> attempt.target() + " " + attempt.phase())
                    .containsExactly(
                            "127.0.0.9:" + bad.port() + " " + Phase.CONNECT,
                            "127.0.0.2:" + bad.port() + " " + Phase.TLS);
        }
    }

    @Test
    void anAddressWhereALoginFailsIsNotTheFirstToBeTriedNext() {
        try (FaultServer good =
                        FaultServer.start(FaultServer.script().reply("hello\n").run(TlsPeers.ECHO_LINES));
                FaultServer bad =
                        besides(good, "127.0.0.2", FaultServer.script().close())) {
            Client client = atRest.client(ClientOptions.builder().dns(answering("127.0.0.2", "127.0.0.1")));
            Remote<String, String> remote = client.remote(Endpoint.of("many.test", good.port()), new GreetedLines());
            UnreachableException failure = catchThrowableOfType(UnreachableException.class, () -> remote.call("x"));
            assertThat(failure.attempts())
                    .extracting(attempt -> attempt.target() + " " + attempt.phase())
                    .containsExactly("127.0.0.2:" + bad.port() + " " + Phase.OPEN);
            for (int i = 0; i < 20; i++) {
                assertThat(remote.call("x")).isEqualTo("x");
                client.evict(remote.endpoint());
            }
            assertThat(bad.connections()).isEqualTo(1);
        }
    }

    @Test
    void anEndWithoutTheGoodbyeOfTlsIsNoGoodEnd() throws IOException {
        try (FaultServer server =
                FaultServer.start(TlsPeers.TLS.readLine().cutAfter(30).reply("x".repeat(112)))) {
            Client client = atRest.client(TlsPeers.options());
            try (Lease lease = client.lease(TlsPeers.at(server))) {
                lease.output().write('\n');
                assertThatThrownBy(() -> lease.input().readAllBytes())
                        .isInstanceOf(ConnectionLostException.class)
                        .hasStackTraceContaining("goodbye of TLS");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void anEndWithTheGoodbyeOfTlsIsAGoodEnd(String version) throws IOException {
        try (FaultServer server = FaultServer.start(
                TlsPeers.in(version).readLine().reply("x".repeat(112)).close())) {
            Client client = atRest.client(TlsPeers.options());
            try (Lease lease = client.lease(TlsPeers.at(server))) {
                lease.output().write('\n');
                assertThat(lease.input().readAllBytes()).hasSize(112);
                assertThat(lease.input().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void aLeaseWhoseConnectionWasLostSaysSoEachTime() throws IOException {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().reset())) {
            Client client = atRest.client();
            try (Lease lease = client.lease(Endpoint.of(server.host(), server.port()))) {
                lease.output().write('\n');
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> lease.input().read()).isInstanceOf(ConnectionLostException.class);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Test
    void aPeerThatLeavesBeforeTheHandshakeAndOneThatTalksPlaintextAreTwoFailures() {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().reply("go\n").close())) {
            Client client = atRest.client(TlsPeers.options());
            try (Lease lease = client.lease(TlsPeers.plainAt(server))) {
                lease.output().write('\n');
                lease.input().readNBytes(3);
                Callers.until("the end has come", () -> server.open() == 0);
                assertThatThrownBy(lease::startTls).hasStackTraceContaining("closed the connection before the TLS");
                assertThatThrownBy(() -> lease.input().read()).isInstanceOf(ConnectionLostException.class);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
