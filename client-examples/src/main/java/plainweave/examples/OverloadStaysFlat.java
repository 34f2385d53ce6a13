package plainweave.examples;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Limit;
import plainweave.codec.Codecs;
import plainweave.examples.support.BusyServer;
import plainweave.examples.support.Example;
import plainweave.examples.support.LineChart;
import plainweave.examples.support.OpenLoop;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Table;
import plainweave.examples.support.Work;

/** Who knows how many permits a server can take, fixes them; with too many all replies are late. Adaptive ones find out. */
public final class OverloadStaysFlat {
    private static final int SLOTS = 64;
    private static final Duration SERVICE = Duration.ofMillis(5);
    private static final int CAPACITY = 12_800; // a second
    private static final int GUESS = 4_096;
    private static final List<Double> FACTORS = List.of(0.5, 1.0, 2.0, 4.0);
    private static final List<OpenLoop> LOADS = FACTORS.stream()
            .map(factor -> new OpenLoop((int) (CAPACITY * factor), 0, Duration.ofMillis(250)))
            .toList();
    private static final int STEP_MILLIS = 15_000;
    private static final Path CHART = Path.of("target", "overload-stays-flat.svg");

    private OverloadStaysFlat() {}

    /** Loads servers of its own for four minutes; {@code -Dscale=0.1} for a tenth of that. */
    public static void main(String[] args) {
        Example.start(OverloadStaysFlat::run);
    }

    static int run(Screen screen, Settings settings) {
        Duration step = Duration.ofMillis(settings.scaled(STEP_MILLIS));
        ClientOptions.Builder options = ClientOptions.builder().maxFrame(1_024);
        List<Double> known = goodput(screen, options, SLOTS, step);
        List<Double> guessed = goodput(screen, options, GUESS, step);
        List<Double> adaptive = goodput(screen, options.limit(Limit::aimd), GUESS, step);
        List<String> names = FACTORS.stream().map(factor -> factor + " x").toList();
        Table table = new Table("lrrrr")
                .head("load", "calls/s", "in time/s: fixed " + SLOTS, "fixed " + GUESS, "adaptive to " + GUESS);
        for (int i = 0; i < LOADS.size(); i++) {
            table.row(names.get(i), LOADS.get(i).rate(), known.get(i), guessed.get(i), adaptive.get(i));
        }
        screen.table(table);
        LineChart chart = new LineChart("Overload stays flat", "replies in time, a second, by load", names)
                .line("adaptive", adaptive)
                .line("fixed " + SLOTS, known)
                .line("fixed " + GUESS, guessed);
        screen.chart(chart, CHART);
        screen.line("OverloadStaysFlat share_at_4x=%.3f", adaptive.getLast() / Math.max(1, Collections.max(adaptive)));
        return 0;
    }

    /** Replies in time, a second, at each load, after a warm-up at the lowest one. */
    private static List<Double> goodput(Screen screen, ClientOptions.Builder options, int permits, Duration step) {
        ClientOptions.Builder permitting = options.permitsPerEndpoint(permits).permitsTotal(permits);
        long calls = LOADS.getFirst().calls(step)
                + LOADS.stream().mapToLong(load -> load.calls(step)).sum();
        try (BusyServer server = BusyServer.start(SLOTS, SERVICE);
                Client client = Client.create(permitting.build());
                Work work = screen.work(calls, () -> client.stats().waiting(), "waiting in the client")) {
            Remote<String, String> remote = client.remote(server.endpoint(), Codecs.lines());
            OpenLoop.Call call =
                    (urgent, deadline) -> remote.until(deadline).call("x").isEmpty();
            LOADS.getFirst().run(step, call, work);
            return LOADS.stream()
                    .map(load -> load.run(step, call, work).others().inTime() * 1_000.0 / step.toMillis())
                    .toList();
        }
    }
}
