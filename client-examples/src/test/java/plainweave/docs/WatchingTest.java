package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.observe.ClientStats;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Observer;
import plainweave.observe.micrometer.Meters;
import plainweave.observe.micrometer.MicrometerObserver;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

class WatchingTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void metersCountCalls() {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (EchoServer server = EchoServer.start()) {
            // region micrometer
            ClientOptions options = ClientOptions.builder()
                    .observer(new MicrometerObserver(registry))
                    .build();
            // endregion
            try (Client client = Client.create(options)) {
                client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines())
                        .call("hello");

                assertThat(registry.get(Meters.EXCHANGE.meterName())
                                .tag("outcome", "done")
                                .timer()
                                .count())
                        .isOne();
            }
        }
    }

    // region observer
    /** Remembers where calls failed, and in which phase. */
    static final class Failed implements Observer {
        final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public void exchanged(ExchangeReport report) { // on the caller's thread: be quick
            report.failure().ifPresent(e -> calls.add(e.endpoint() + " " + e.phase()));
        }
    }
    // endregion

    @Test
    void anObserverHearsOfEachExchange() {
        Failed failed = new Failed();
        try (EchoServer server = EchoServer.start();
                DeadPort dead = FaultServer.refusing();
                Client client =
                        Client.create(ClientOptions.builder().observer(failed).build())) {
            Endpoint endpoint = Endpoint.of(dead.host(), dead.port());
            Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
            remote.at(Endpoint.of(server.host(), server.port())).call("hello");
            assertThat(failed.calls).isEmpty();

            assertThatThrownBy(() -> remote.call("hello")).isInstanceOf(UnreachableException.class);
            assertThat(failed.calls).containsExactly(endpoint + " CONNECT");
        }
    }

    @Test
    void aClientTellsHowItStands() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines())
                    .call("hello");
            // region stats
            ClientStats now = client.stats(); // counts of the moment
            String lines = client.dump(); // every queue and connection, for a person
            // endregion

            assertThat(now.connectionsIdle()).isOne();
            assertThat(lines).contains(server.host() + ":" + server.port());
        }
    }
}
