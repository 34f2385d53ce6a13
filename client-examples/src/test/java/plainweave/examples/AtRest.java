package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import plainweave.Client;
import plainweave.observe.ClientStats;

/** Holds after every test that neither its clients nor those of an example left a permit, a connection or a thread behind. */
public final class AtRest implements BeforeEachCallback, AfterEachCallback {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<Client> clients = new ArrayList<>();
    private Set<Thread> threadsBefore = Set.of();

    /** A client to be closed by whoever asked for it, or after the test. */
    Client client() {
        Client client = Client.create();
        clients.add(client);
        return client;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        threadsBefore = threads();
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        for (Client client : clients) {
            ClientStats quiet = client.stats();
            assertThat(quiet.permitsOut()).as("permits out: %s", quiet).isZero();
            assertThat(quiet.waiting()).as("waiting: %s", quiet).isZero();
            assertThat(quiet.connectionsInUse()).as("in use: %s", quiet).isZero();
            client.close();
            ClientStats closed = client.stats();
            assertThat(closed.connectionsIdle()).as("idle: %s", closed).isZero();
            assertThat(closed.connectionsClosed()).as("closed: %s", closed).isEqualTo(closed.connectionsOpened());
        }
        for (Thread thread : threads()) {
            if (!threadsBefore.contains(thread)) {
                assertThat(thread.join(PATIENCE)).as("%s ends", thread).isTrue();
            }
        }
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("plainweave-"))
                .collect(Collectors.toSet());
    }
}
