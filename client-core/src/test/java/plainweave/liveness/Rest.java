package plainweave.liveness;

import java.util.Set;
import java.util.stream.Collectors;
import plainweave.Client;
import plainweave.observe.ClientStats;

/** What must hold once a client's calls are over: nothing was left behind. */
final class Rest {
    private Rest() {}

    /** Checks, closes the client and checks again. */
    static void check(Client client) {
        Wait.until(() -> "no permit is out, nobody waits, no connection is in use: " + client.dump(), () -> {
            ClientStats stats = client.stats();
            return stats.permitsOut() == 0 && stats.waiting() == 0 && stats.connectionsInUse() == 0;
        });
        client.close();
        Wait.until(() -> "every connection that was opened is closed: " + client.dump(), () -> {
            ClientStats stats = client.stats();
            return stats.connectionsIdle() == 0 && stats.connectionsClosed() == stats.connectionsOpened();
        });
    }

    /** The threads of clients. */
    static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("plainweave-"))
                .collect(Collectors.toSet());
    }

    /** Once the clients made since then are closed. */
    static void noThreadsBut(Set<Thread> before) {
        Wait.until("no thread of a client is left", () -> before.containsAll(threads()));
    }
}
