package plainweave.examples;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.support.Example;
import plainweave.examples.support.FaultyServer;
import plainweave.examples.support.MeterPage;
import plainweave.examples.support.OpenLoop;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;
import plainweave.observe.micrometer.MicrometerObserver;

/** A server that has faults now and then, under a steady load: what becomes of the calls is drawn in a browser from the client's meters. */
public final class WatchTheMeters {
    private static final int PERMITS = 16;
    private static final OpenLoop LOAD = new OpenLoop(1_500, 0.1, Duration.ofMillis(500));
    private static final int SECONDS = 60;
    private static final int PHASE_MILLIS = 4_000;

    private WatchTheMeters() {}

    /** Loads a server of its own for a minute, or as long as {@code -Dseconds} says; {@code -Dscale=0.1} for a tenth of that. */
    public static void main(String[] args) {
        Example.start(WatchTheMeters::run);
    }

    static int run(Screen screen, Settings settings) {
        Duration time = settings.time(SECONDS);
        PrometheusMeterRegistry meters = MeterPage.registry();
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(PERMITS)
                .permitsTotal(PERMITS)
                .observer(new MicrometerObserver(meters))
                .build();
        try (FaultyServer server = FaultyServer.start(PERMITS);
                Client client = Client.create(options);
                MeterPage page = MeterPage.start(meters, server::fault, time)) {
            double seconds = time.toMillis() / 1e3;
            screen.line("Watch %1$s for %2$.1f s; %1$smetrics is for Prometheus%n", page.url(), seconds);
            server.change(Duration.ofMillis(settings.scaled(PHASE_MILLIS)), client);
            Remote<String, String> remote = client.remote(server.endpoint(), Codecs.lines());
            OpenLoop.Outcome outcome;
            try (Work work = screen.work(LOAD.calls(time), () -> client.stats().waiting(), "waiting")) {
                outcome = LOAD.run(time, byPriority(remote), work);
            }
            return report(screen, outcome, page.calls(), server.faults());
        }
    }

    private static OpenLoop.Call byPriority(Remote<String, String> remote) {
        Remote<String, String> urgent = remote.with(Priority.URGENT);
        Remote<String, String> background = remote.with(Priority.BACKGROUND);
        return (isUrgent, deadline) -> {
            Remote<String, String> other = ThreadLocalRandom.current().nextBoolean() ? remote : background;
            return (isUrgent ? urgent : other).until(deadline).call("x").isEmpty();
        };
    }

    private static int report(Screen screen, OpenLoop.Outcome outcome, long metered, int faults) {
        screen.line(
                "WatchTheMeters calls=%d replied=%d metered=%d faults=%d urgent_p99_ms=%.1f others_p99_ms=%.1f",
                outcome.urgent().calls() + outcome.others().calls(),
                outcome.urgent().inTime() + outcome.others().inTime(),
                metered,
                faults,
                outcome.urgent().millis(0.99),
                outcome.others().millis(0.99));
        return 0;
    }
}
