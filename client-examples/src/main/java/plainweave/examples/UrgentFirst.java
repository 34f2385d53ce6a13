package plainweave.examples;

import java.time.Duration;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.support.BusyServer;
import plainweave.examples.support.Contest;
import plainweave.examples.support.Example;
import plainweave.examples.support.FairSemaphore;
import plainweave.examples.support.OpenLoop;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;

/** Four times the load a server can take: urgent calls go on as if there were none, and behind a fair semaphore they fare like all. */
public final class UrgentFirst {
    private static final int SLOTS = 64;
    private static final Duration SERVICE = Duration.ofMillis(5);
    private static final int QUEUE = 1_024;
    private static final OpenLoop LOAD = new OpenLoop(51_200, 0.02, Duration.ofMillis(250));
    private static final int ROUND_MILLIS = 30_000;

    private UrgentFirst() {}

    /** Loads a server of its own for more than three minutes; {@code -Dscale=0.1} for a tenth of that. */
    public static void main(String[] args) {
        Example.start(UrgentFirst::run);
    }

    static int run(Screen screen, Settings settings) {
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(SLOTS)
                .queuePerEndpoint(QUEUE)
                .build();
        Duration round = Duration.ofMillis(settings.scaled(ROUND_MILLIS));
        try (BusyServer server = BusyServer.start(SLOTS, SERVICE);
                Client client = Client.create(options)) {
            screen.line("%,d calls/s to a server of %d slots x %d ms%n", LOAD.rate(), SLOTS, SERVICE.toMillis());
            Remote<String, String> remote = client.remote(server.endpoint(), Codecs.lines());
            Contest contest = new Contest(LOAD, round)
                    .add("priorities", byPriority(remote))
                    .add("fair semaphore", new FairSemaphore(remote, SLOTS, QUEUE))
                    .run(screen, () -> client.stats().waiting(), "waiting in the client");
            return report(screen, contest);
        }
    }

    private static OpenLoop.Call byPriority(Remote<String, String> remote) {
        Remote<String, String> urgent = remote.with(Priority.URGENT);
        Remote<String, String> background = remote.with(Priority.BACKGROUND);
        return (isUrgent, deadline) ->
                (isUrgent ? urgent : background).until(deadline).call("x").isEmpty();
    }

    private static int report(Screen screen, Contest contest) {
        double p99 = contest.median(0, it -> it.urgent().millis(0.99));
        double fifoP99 = contest.median(1, it -> it.urgent().millis(0.99));
        double replies = contest.median(0, it -> it.others().inTime());
        double fifoReplies = contest.median(1, it -> it.others().inTime());
        screen.table(contest.table());
        screen.line(
                "UrgentFirst urgent_p99_ms=%.1f fifo_urgent_p99_ms=%.1f ratio=%.3f background_share=%.3f urgent_failed=%.4f",
                p99,
                fifoP99,
                p99 / fifoP99,
                replies / Math.max(1, fifoReplies),
                contest.median(0, it -> it.urgent().failed()));
        return 0;
    }
}
