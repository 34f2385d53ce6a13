package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;

/** An endpoint that cannot be reached costs few connects, and is found again soon. */
class OutageTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void aDeadEndpointFailsAtOnceWithTheRememberedCause() {
        try (DeadPort port = FaultServer.refusing()) {
            Remote<String, String> remote =
                    atRest.client().remote(Endpoint.of(port.host(), port.port()), Codecs.lines());
            int remembered = 0;
            for (int i = 0; i < 1_000; i++) {
                UnreachableException failure = catchThrowableOfType(UnreachableException.class, () -> remote.call("x"));
                assertThat(failure.attempts()).hasSize(1);
                assertThat(failure).hasMessageContaining("refused");
                remembered += failure.getMessage().contains("could not be reached just before") ? 1 : 0;
            }
            assertThat(remembered).isGreaterThan(900);
        }
    }

    @Test
    void anEndpointThatComesBackIsFoundAgain() {
        InetSocketAddress address;
        Client client = atRest.client();
        Remote<String, String> remote;
        try (DeadPort port = FaultServer.refusing()) {
            address = port.address();
            remote = client.remote(Endpoint.of(port.host(), port.port()), Codecs.lines());
            for (int i = 0; i < 10; i++) {
                assertThatThrownBy(() -> remote.call("x")).isInstanceOf(UnreachableException.class);
            }
        }
        try (FaultServer server = FaultServer.startAt(
                address, FaultServer.script().readLine().reply("back\n").repeat())) {
            Callers.until("a reply", () -> {
                try {
                    return remote.call("x").equals("back");
                } catch (CallException e) {
                    return false;
                }
            });
            for (int i = 0; i < 100; i++) {
                assertThat(remote.call("x")).isEqualTo("back");
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aCallersOwnShortDeadlineIsNoOutage() {
        try (DeadPort hole = FaultServer.blackhole()) {
            Remote<String, String> remote = atRest.client()
                    .remote(Endpoint.of(hole.host(), hole.port()), Codecs.lines())
                    .within(Duration.ofMillis(60));
            for (int i = 0; i < 3; i++) {
                DeadlineExceededException failure =
                        catchThrowableOfType(DeadlineExceededException.class, () -> remote.call("x"));
                assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
            }
        }
    }

    @Test
    void aRefusedLoginIsNoOutage() {
        // A wrong password must not shut the endpoint for callers with a right one.
        try (FaultServer server = FaultServer.start(FaultServer.script().close())) {
            Client client = atRest.client();
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> client.remote(endpoint, new Greeted()).call("x"))
                        .isInstanceOfSatisfying(
                                UnreachableException.class,
                                failure -> assertThat(failure.phase()).isEqualTo(Phase.OPEN));
            }
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    private static final class Greeted implements plainweave.codec.Codec<String, String> {
        @Override
        public plainweave.codec.Codec<String, String> open(plainweave.codec.Opening on) throws java.io.IOException {
            on.in().readLine(java.nio.charset.StandardCharsets.UTF_8);
            return this;
        }

        @Override
        public void write(String request, plainweave.codec.ByteWriter out) throws java.io.IOException {
            Codecs.lines().write(request, out);
        }

        @Override
        public String read(String request, plainweave.codec.ByteReader in) throws java.io.IOException {
            return Codecs.lines().read(request, in);
        }
    }
}
