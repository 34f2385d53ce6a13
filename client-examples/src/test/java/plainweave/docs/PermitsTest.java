package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Lease;
import plainweave.Remote;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Limit;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;

class PermitsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void callersSayHowUrgentTheyAre() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            // region priorities
            Remote<String, String> urgent = remote.with(Priority.URGENT); // a person waits for it
            Remote<String, String> background = remote.with(Priority.BACKGROUND); // a nightly job
            Remote<String, String> soon = remote.with(Priority.of("SOON", Duration.ofSeconds(2)));
            Remote<String, String> configured = remote.with(Priority.named("urgent"));
            // endregion

            assertThat(urgent.priority()).isGreaterThan(soon.priority()).isEqualTo(configured.priority());
            assertThat(background.call("hello")).isEqualTo("hello");
        }
    }

    @Test
    void overloadIsHeldOffByThreeOptions() {
        // region options
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(64) // exchanges in flight at each endpoint
                .reserve(Priority.URGENT, 4) // the last 4 of them are for URGENT and above
                .refuseHopeless(true) // refuse at once whose deadline would pass before its turn
                .limit(Limit::aimd) // fewer than 64 while the peer is slow
                .build();
        // endregion

        assertThat(options.reserved()).containsEntry(Priority.URGENT, 4);
        assertThat(options.limit()).isPresent();
    }

    @Test
    void permitsChangeWhileAClientRuns() {
        try (Client client = Client.create()) {
            // region resize
            client.permits(16, 128); // per endpoint, in total
            // endregion

            assertThat(client.stats().permitsTotal()).isEqualTo(128);
        }
    }

    @Test
    void whoHoldsALeaseAndWaitsForAPermitIsTold() throws Exception {
        ClientOptions one = ClientOptions.builder().permitsPerEndpoint(1).build();
        try (EchoServer server = EchoServer.start();
                Client client = Client.create(one)) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Remote<String, String> remote =
                    client.remote(endpoint, Codecs.lines()).within(Duration.ofMillis(100));
            FutureTask<String> holder = new FutureTask<>(() -> {
                try (Lease lease = client.lease(endpoint)) {
                    assertThat(lease.reused()).isFalse();
                    return remote.call("hello");
                }
            });
            Thread.startVirtualThread(holder);

            assertThatThrownBy(() -> holder.get(10, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageContaining("this thread itself holds the permits of leases: 1");
        }
    }
}
