package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Fanout;
import plainweave.Outcome;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

class DeadlinesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static FaultServer silent() {
        return FaultServer.start(FaultServer.script().readLine().stall());
    }

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    @Test
    void aCallEndsByItsDeadline() {
        try (FaultServer server = silent();
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            String reply = "";
            // region within
            try {
                reply = remote.within(Duration.ofMillis(50)).call("hello");
            } catch (DeadlineExceededException e) {
                System.Logger log = System.getLogger("search");
                log.log(System.Logger.Level.INFO, "{0} was too slow in {1}", e.endpoint(), e.phase());
            }
            // endregion

            assertThat(reply).isEmpty();
        }
    }

    @Test
    void severalCallsShareADeadline() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Remote<String, String> echo = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            // region until
            Deadline deadline = Deadline.after(Duration.ofSeconds(2)); // for both
            String user = echo.until(deadline).call("who is it");
            String page = echo.until(deadline).call("page of " + user);
            // endregion

            assertThat(page).isEqualTo("page of who is it");
        }
    }

    @Test
    void aFanoutHasOneDeadlineForAll() {
        try (EchoServer server = EchoServer.start();
                FaultServer slow = silent();
                Client client = Client.create()) {
            List<Endpoint> shards = List.of(Endpoint.of(server.host(), server.port()), at(slow));
            Remote<String, String> search = client.remote(shards.getFirst(), Codecs.lines());
            List<String> found = new ArrayList<>();
            List<String> missing = new ArrayList<>();
            // region fanout
            try (Fanout<String> fan = client.fanout(Duration.ofSeconds(1))) {
                for (Endpoint shard : shards) {
                    fan.add(search.at(shard), "hello");
                }
                for (Outcome<String> outcome : fan.join()) { // in the order of add
                    switch (outcome) {
                        case Done<String>(String reply) -> found.add(reply);
                        case Failed<String>(CallException e) -> missing.add(e.endpoint() + " " + e.phase());
                    }
                }
            } // nothing outlives this
            // endregion

            assertThat(found).containsExactly("hello");
            assertThat(missing).containsExactly(at(slow) + " READ");
        }
    }

    @Test
    void anInterruptEndsACall() throws InterruptedException {
        try (FaultServer server = silent();
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            List<Boolean> flags = new ArrayList<>();
            // region cancel
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    remote.call("hello");
                } catch (CancelledException e) { // the thread's interrupt flag is set again
                    // endregion
                    flags.add(Thread.currentThread().isInterrupted());
                    // region cancel
                }
            });
            // endregion
            server.awaitRequests(1, PATIENCE);
            // region cancel
            caller.interrupt(); // the call ends, and its connection and permit with it
            // endregion

            assertThat(caller.join(PATIENCE)).isTrue();
            assertThat(flags).containsExactly(true);
            server.awaitOpen(0, PATIENCE);
        }
    }

    @Test
    void closeEndsWhatIsLeft() throws InterruptedException {
        try (FaultServer server = silent()) {
            // region close
            ClientOptions options =
                    ClientOptions.builder().drain(Duration.ofMillis(200)).build();
            Client client = Client.create(options);
            // endregion
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            FutureTask<String> running = new FutureTask<>(() -> remote.call("hello"));
            Thread.startVirtualThread(running);
            server.awaitRequests(1, PATIENCE);
            // region close
            client.close(); // refuses new calls, waits 200 ms for those that run, cuts the rest
            // endregion

            assertThatThrownBy(() -> running.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(CancelledException.class);
        }
    }
}
