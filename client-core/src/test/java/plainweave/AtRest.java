package plainweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import plainweave.net.OpenSockets;
import plainweave.observe.ClientStats;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Handshake;
import plainweave.observe.Leaked;
import plainweave.observe.Observer;
import plainweave.observe.Shed;
import plainweave.testing.EchoServer;

/**
 * Makes a test's clients, records what they report, and holds after every test that nothing was left behind: no permit, no
 * waiter, no socket but the idle ones, and once the clients are closed no socket and no thread.
 */
final class AtRest implements BeforeEachCallback, AfterEachCallback {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    // What tests provoke is asserted, not logged; held here, because loggers are collected with their level.
    private static final Logger QUIET = Logger.getLogger("plainweave");

    static {
        QUIET.setLevel(Level.OFF);
        EchoServer.start().close(); // the JDK opens a socket of its own with the first one
    }

    private final List<Client> clients = new ArrayList<>();
    private Set<Thread> threadsBefore = Set.of();
    private int socketsBefore;
    final Recorder reports = new Recorder();

    /** What a client reported, in order. */
    static final class Recorder implements Observer {
        final ConcurrentLinkedDeque<ExchangeReport> exchanges = new ConcurrentLinkedDeque<>();
        final ConcurrentLinkedDeque<ConnectionOpened> opened = new ConcurrentLinkedDeque<>();
        final ConcurrentLinkedDeque<Handshake> secured = new ConcurrentLinkedDeque<>();
        final ConcurrentLinkedDeque<ConnectionClosed> closed = new ConcurrentLinkedDeque<>();
        final ConcurrentLinkedDeque<Shed> shed = new ConcurrentLinkedDeque<>();
        final ConcurrentLinkedDeque<Leaked> leaked = new ConcurrentLinkedDeque<>();

        @Override
        public void exchanged(ExchangeReport report) {
            exchanges.add(report);
        }

        @Override
        public void secured(Handshake event) {
            secured.add(event);
        }

        @Override
        public void opened(ConnectionOpened event) {
            opened.add(event);
        }

        @Override
        public void closed(ConnectionClosed event) {
            closed.add(event);
        }

        @Override
        public void shed(Shed event) {
            shed.add(event);
        }

        @Override
        public void leaked(Leaked event) {
            leaked.add(event);
        }
    }

    Client client(ClientOptions.Builder options) {
        Client client = Client.create(
                options.observer(reports).drain(Duration.ofMillis(200)).build());
        clients.add(client);
        return client;
    }

    Client client() {
        return client(ClientOptions.builder());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        threadsBefore = ours();
        socketsBefore = OpenSockets.count();
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        closeAll();
        for (Thread thread : ours()) {
            if (!threadsBefore.contains(thread)) {
                thread.join(PATIENCE.toMillis());
                assertThat(thread.isAlive()).as("thread %s lives on", thread).isFalse();
            }
        }
        Callers.until(
                () -> "open are " + OpenSockets.count() + " sockets, before the test " + socketsBefore,
                () -> OpenSockets.count() <= socketsBefore);
    }

    /** For tests that look at what is left once the clients are closed. */
    void closeAll() {
        for (Client client : clients) {
            // The housekeeper may be closing an idle connection, which for that moment is neither idle nor gone.
            Callers.until(() -> "at rest after the test: " + client.stats(), () -> nothingIsOut(client.stats()));
            client.close();
            ClientStats stats = client.stats();
            assertThat(stats.connectionsIdle())
                    .as("connections idle after close: %s", stats)
                    .isZero();
            assertThat(stats.connectionsClosed())
                    .as("connections closed: %s", stats)
                    .isEqualTo(stats.connectionsOpened());
        }
    }

    private static boolean nothingIsOut(ClientStats stats) {
        return stats.permitsOut() == 0 && stats.waiting() == 0 && stats.connectionsInUse() == 0 && stats.sockets() == 0;
    }

    private static Set<Thread> ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("plainweave-"))
                .collect(Collectors.toSet());
    }
}
