package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.Attempt;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.testing.EchoServer;

class LocalAddressTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void theServerSeesTheLocalAddressThatWasAskedFor() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Callers.InFlight<String> seen = Callers.onPlatformThread(() -> {
                try (Socket accepted = server.accept()) {
                    accepted.getInputStream().transferTo(accepted.getOutputStream());
                    return accepted.getInetAddress().getHostAddress();
                }
            });
            Client client = atRest.client(ClientOptions.builder().localAddress(InetAddress.getByName("127.0.0.5")));
            assertThat(client.remote(Endpoint.of("127.0.0.1", server.getLocalPort()), Codecs.lines())
                            .call("x"))
                    .isEqualTo("x");
            client.close();
            assertThat(seen.await()).isEqualTo("127.0.0.5");
        }
    }

    @Test
    void anImpossibleLocalAddressIsUnreachableAndNamed() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().localAddress(InetAddress.getByName("192.0.2.1")));
            UnreachableException failure = catchThrowableOfType(
                    UnreachableException.class,
                    () -> client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines())
                            .call("x"));
            assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            assertThat(failure.attempts()).extracting(Attempt::target).containsExactly("127.0.0.1:" + server.port());
            assertThat(failure).hasMessageContaining("cannot connect from local address 192.0.2.1: ");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void whatThisMachineCouldNotDoIsNotHeldAgainstTheEndpoint() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().localAddress(InetAddress.getByName("192.0.2.1")));
            Remote<String, String> remote = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> remote.call("x"))
                        .hasMessageContaining("cannot connect from local address")
                        .hasMessageNotContaining("not tried");
            }
        }
    }

    /** The system's own list of sockets has it in its sixth column: 2 is the timer of keep-alive. */
    private static boolean keepsAlive(EchoServer server) throws IOException {
        String leadsThere = String.format(" 0100007F:%04X 01 ", server.port());
        List<String> sockets = new ArrayList<>();
        for (Path list : List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"))) {
            sockets.addAll(Files.exists(list) ? Files.readAllLines(list) : List.of());
        }
        return sockets.stream()
                .map(line -> line.replace("0000000000000000FFFF0000", ""))
                .filter(line -> line.contains(leadsThere))
                .anyMatch(line -> line.trim().split("\\s+")[5].startsWith("02:"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aConnectionAsksWhetherItsPeerIsThereUnlessToldNotTo() throws Exception {
        for (Duration keepAlive : List.of(Duration.ofSeconds(60), Duration.ZERO)) {
            try (EchoServer server = EchoServer.start()) {
                Client client = atRest.client(ClientOptions.builder().keepAlive(keepAlive));
                client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines())
                        .call("x");
                assertThat(keepsAlive(server)).isEqualTo(keepAlive.isPositive());
            }
        }
    }

    @Test
    void aKeepAliveBelowASecondIsRefusedForSystemsCountSeconds() {
        for (Duration tooShort : new Duration[] {Duration.ofNanos(1), Duration.ofMillis(999)}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> ClientOptions.builder().keepAlive(tooShort).build())
                    .withMessage("keepAlive " + tooShort + " is below a second, and not zero");
        }
        assertThat(ClientOptions.builder().keepAlive(Duration.ZERO).build().keepAlive())
                .isZero();
        assertThat(ClientOptions.builder()
                        .keepAlive(Duration.ofSeconds(1))
                        .build()
                        .keepAlive())
                .hasSeconds(1);
        assertThat(ClientOptions.defaults().keepAlive()).hasSeconds(60);
    }
}
