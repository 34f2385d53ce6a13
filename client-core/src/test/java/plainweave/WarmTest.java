package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

/** Connections that are up before they are needed, and ones that are sent away. */
class WarmTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Remote<String, String> echo(Client client, EchoServer server) {
        return client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
    }

    @Test
    void warmBringsConnectionsUpAndHoldsNoPermit() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            Remote<String, String> echo = echo(client, server);
            echo.warm(3);
            assertThat(client.stats().connectionsIdle()).isEqualTo(3);
            assertThat(client.stats().permitsOut()).isZero();
            assertThat(echo.call("x")).isEqualTo("x");
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void idlenessDoesNotCloseTheWarmMinimumUntilItEnds() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().idleTimeout(Duration.ofMillis(40)));
            Remote<String, String> echo = echo(client, server);
            echo.warm(2);
            Remote<String, String> other = client.remote(Endpoint.of("localhost", server.port()), Codecs.lines());
            other.call("x");
            Callers.until("the connection that is not warm is closed", () -> atRest.reports.closed.size() == 1);
            assertThat(client.stats().connectionsIdle()).isEqualTo(2);
            echo.warm(0);
            Callers.until("the others are closed", () -> client.stats().connectionsIdle() == 0);
        }
    }

    @Test
    void theMinimumHoldsWhileLifetimesEnd() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().maxLifetime(Duration.ofSeconds(1)));
            Remote<String, String> echo = echo(client, server);
            echo.warm(2);
            Callers.until("both were replaced", () -> {
                assertThat(client.stats().connectionsOpened() - client.stats().connectionsClosed())
                        .isGreaterThanOrEqualTo(2);
                return server.connections() >= 4;
            });
            echo.warm(0);
        }
    }

    @Test
    void moreThanThePermitsCannotBeKeptWarm() {
        try (EchoServer server = EchoServer.start()) {
            Remote<String, String> echo = echo(atRest.client(), server);
            assertThatIllegalArgumentException().isThrownBy(() -> echo.warm(33)).withMessageContaining("33");
            assertThatIllegalArgumentException().isThrownBy(() -> echo.warm(-1)).withMessageContaining("-1");
        }
    }

    @Test
    void aConnectionHandedToTheWarmerIsNotLost() throws Exception {
        FaultServer.Gate gate = FaultServer.gate();
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().await(gate).reply("ok\n").repeat())) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(2));
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
            // Of another route: both permits are out, and the warmer has still one to bring up.
            Lease lease = client.lease(endpoint);
            Callers.InFlight<String> call = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, Duration.ofSeconds(10));
            Callers.InFlight<Boolean> warming = Callers.onVirtualThread(() -> warm(remote, 2));
            Callers.until("the warmer waits", () -> client.stats().waiting() == 1);
            gate.open();
            assertThat(call.await()).isEqualTo("ok");
            lease.close();
            warming.await();
            remote.warm(0);
            Callers.until(client::dump, () -> client.stats().connectionsInUse() == 0);
        }
    }

    @Test
    void warmingDoesNotCloseWhatItHasJustOpened() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(2));
            Remote<String, String> echo = echo(client, server);
            try (Lease lease = client.lease(echo.endpoint())) {
                warm(echo, 2); // there is room for one
                echo.warm(0);
                assertThat(server.connections())
                        .as("dialled, one for the lease %s", lease.address())
                        .isLessThanOrEqualTo(4);
            }
        }
    }

    /** Whether all came up soon. */
    private static boolean warm(Remote<?, ?> remote, int connections) {
        try {
            remote.within(Duration.ofMillis(500)).warm(connections);
            return true;
        } catch (CallException e) {
            return false;
        }
    }

    @Test
    void warmingADeadEndpointFailsLikeACall() {
        try (DeadPort port = FaultServer.refusing()) {
            Remote<String, String> remote =
                    atRest.client().remote(Endpoint.of(port.host(), port.port()), Codecs.lines());
            assertThatThrownBy(() -> remote.warm(2)).isInstanceOf(UnreachableException.class);
        }
    }

    @Test
    void evictClosesIdleOnesNowAndBusyOnesAfterTheirExchange() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        try (FaultServer server = FaultServer.start(FaultServer.script()
                .readLine()
                .reply("idle\n")
                .repeat(2)
                .then(FaultServer.script()
                        .readLine()
                        .await(answer)
                        .reply("busy\n")
                        .stall()))) {
            Client client = atRest.client();
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
            assertThat(remote.call("x")).isEqualTo("idle");
            client.evict(endpoint);
            assertThat(client.stats().connectionsIdle()).isZero();
            Callers.InFlight<String> busy = Callers.onVirtualThread(() -> remote.call("y"));
            server.awaitRequests(2, Duration.ofSeconds(10));
            client.evict(endpoint);
            answer.open();
            assertThat(busy.await()).isEqualTo("busy");
            Callers.until("both are reported", () -> atRest.reports.closed.size() == 2);
            assertThat(atRest.reports.closed)
                    .allSatisfy(closed -> assertThat(closed.reason()).isEqualTo(Reason.EVICTED));
        }
    }
}
