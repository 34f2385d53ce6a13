package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Bulk;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Fanout;
import plainweave.Outcome;
import plainweave.Remote;
import plainweave.call.CancelledException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

class FromAsyncioTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void aConnectionIsReused() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            List<String> replies = new ArrayList<>();
            // region reuse
            Remote<String, String> echo = client.remote(endpoint, Codecs.lines());
            for (int i = 0; i < 100; i++) {
                replies.add(echo.call("hello")); // one connection, a hundred exchanges
            }
            // endregion

            assertThat(replies).hasSize(100).containsOnly("hello");
            assertThat(server.connections()).isOne();
        }
    }

    @Test
    void gatherAndTaskGroup() {
        try (EchoServer server = EchoServer.start();
                DeadPort dead = FaultServer.refusing();
                Client client = Client.create()) {
            Endpoint one = Endpoint.of(server.host(), server.port());
            Endpoint other = Endpoint.of(dead.host(), dead.port());
            Remote<String, String> search = client.remote(one, Codecs.lines());
            // region gather
            List<Outcome<String>> outcomes;
            try (Fanout<String> fan = client.fanout(Duration.ofSeconds(2))) {
                fan.add(search, "a");
                fan.add(search.at(other), "b");
                outcomes = fan.join(); // as gather(..., return_exceptions=True)
            }
            // endregion

            assertThat(outcomes.getFirst()).isEqualTo(new Outcome.Done<>("a"));
            assertThat(outcomes.getLast()).isInstanceOf(Outcome.Failed.class);
            assertThatThrownBy(() -> all(client, search, other)).isInstanceOf(UnreachableException.class);
        }
    }

    private static List<String> all(Client client, Remote<String, String> search, Endpoint other) {
        // region taskgroup
        try (Fanout<String> fan = client.fanout(Duration.ofSeconds(2))) {
            fan.add(search, "a");
            fan.add(search.at(other), "b");
            return fan.joinOrThrow(); // as a TaskGroup: the first failure cancels the rest
        }
        // endregion
    }

    @Test
    void waitFor() {
        try (FaultServer server =
                        FaultServer.start(FaultServer.script().readLine().stall());
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            assertThatThrownBy(() -> within(remote)).isInstanceOf(DeadlineExceededException.class);
        }
    }

    private static String within(Remote<String, String> remote) {
        // region wait
        String reply = remote.within(Duration.ofMillis(50)).call("hello");
        // endregion
        return reply;
    }

    @Test
    void semaphoreQueueAndPriority() {
        try (EchoServer server = EchoServer.start()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            List<Integer> words = List.of(1, 2, 3, 4, 5);
            List<Outcome<String>> outcomes = new ArrayList<>();
            // region semaphore
            ClientOptions options = ClientOptions.builder()
                    .permitsPerEndpoint(8) // Semaphore(8), for each peer
                    .queuePerEndpoint(1_000) // who comes beyond that is refused
                    .build();
            // endregion
            try (Client client = Client.create(options)) {
                Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
                List<String> items = words.stream().map(String::valueOf).toList();
                // region workers
                try (Bulk<String, String> bulk =
                        remote.with(Priority.BACKGROUND).bulk(4).over(items)) { // 4 workers
                    for (Bulk.Item<String, String> item : bulk) {
                        outcomes.add(item.outcome());
                    }
                }
                // endregion
            }
            assertThat(outcomes).hasSize(5).allMatch(Outcome.Done.class::isInstance);
        }
    }

    @Test
    void cancel() throws InterruptedException {
        try (FaultServer server =
                        FaultServer.start(FaultServer.script().readLine().stall());
                Client client = Client.create();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            List<CancelledException> seen = new ArrayList<>();
            // region cancel
            Future<String> task = threads.submit(() -> {
                try {
                    return remote.call("hello");
                } catch (CancelledException e) {
                    // endregion
                    seen.add(e);
                    // region cancel
                    throw e; // clean up, and let it through
                }
            });
            // endregion
            server.awaitRequests(1, PATIENCE);
            // region cancel
            task.cancel(true);
            // endregion
            threads.close();

            assertThat(seen).hasSize(1);
        }
    }
}
