package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.observe.ClientStats;

/**
 * Makes a test's clients, and holds after every test that they leave nothing behind: no permit, no waiter, no connection, neither
 * here nor at the server, and no thread.
 */
final class AtRest implements BeforeEachCallback, AfterEachCallback {
    private final IntSupplier connectionsOfServer;
    private final List<Client> clients = new ArrayList<>();
    private Set<Thread> threadsBefore = Set.of();

    AtRest(IntSupplier connectionsOfServer) {
        this.connectionsOfServer = connectionsOfServer;
    }

    Client client(ClientOptions.Builder options) {
        Client client = Client.create(options.build());
        clients.add(client);
        return client;
    }

    Client client() {
        return client(ClientOptions.builder());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        threadsBefore = threads();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        for (Client client : clients) {
            ClientStats quiet = client.stats();
            client.close();
            ClientStats closed = client.stats();

            assertThat(quiet.permitsOut()).as("permits out").isZero();
            assertThat(quiet.waiting()).as("callers waiting").isZero();
            assertThat(quiet.connectionsInUse())
                    .as("connections open but not idle")
                    .isZero();
            assertThat(quiet.sockets()).as("sockets of other libraries").isZero();
            assertThat(closed.connectionsIdle())
                    .as("idle connections after close")
                    .isZero();
            assertThat(closed.connectionsClosed()).as("connections closed").isEqualTo(closed.connectionsOpened());
        }
        Eventually.is("no connection is open at the server", () -> connectionsOfServer.getAsInt() == 0);
        Eventually.is("no thread of a client lives on", () -> threadsBefore.containsAll(threads()));
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("plainweave-"))
                .collect(Collectors.toSet());
    }
}
