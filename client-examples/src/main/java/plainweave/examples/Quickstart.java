package plainweave.examples;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.codec.Codecs;
import plainweave.examples.support.EchoTarget;
import plainweave.examples.support.Example;
import plainweave.examples.support.Figures;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;
import plainweave.observe.micrometer.Meters;

/** Ten thousand callers, each a plain blocking loop on a virtual thread of its own, share at most 64 connections. */
public final class Quickstart {
    private static final int CALLERS = 10_000;
    private static final int EXCHANGES_EACH = 20;
    private static final int CONNECTIONS = 64;
    private static final String FILL = ".".repeat(63); // and a line feed: each line has 64 bytes

    private Quickstart() {}

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(Quickstart::run);
    }

    static int run(Screen screen, Settings settings) {
        int callers = settings.scaled(CALLERS);
        long total = (long) callers * EXCHANGES_EACH;
        ClientOptions.Builder options = ClientOptions.builder()
                .permitsPerEndpoint(CONNECTIONS)
                .permitsTotal(CONNECTIONS)
                .queuePerEndpoint(callers)
                .queueTotal(callers)
                .timeout(Duration.ofMinutes(2)); // all callers come at once, and the target may be slow
        Figures figures = Figures.of(options);

        try (EchoTarget target = EchoTarget.open(settings);
                Client client = Client.create(options.build())) {
            screen.line("%,d callers, %d connections to %s%n", callers, CONNECTIONS, target.endpoint());
            Remote<String, String> echo = client.remote(target.endpoint(), Codecs.lines());
            Work exchanges = screen.work(total, () -> client.stats().waiting(), "waiting");
            try (exchanges;
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < callers; i++) {
                    int caller = i;
                    Remote<String, String> mine = echo.with(Figures.PRIORITIES.get(i % 3));
                    threads.execute(() -> call(mine, caller, exchanges));
                }
            } // waits until all callers are done
            return report(screen, figures, exchanges);
        }
    }

    /** What a caller does: each call waits for its turn and then for its reply, and only this thread waits with it. */
    private static void call(Remote<String, String> echo, int caller, Work exchanges) {
        boolean replied = true;
        for (int i = 0; i < EXCHANGES_EACH && replied; i++) {
            String line = ("caller " + caller + " exchange " + i + " " + FILL).substring(0, FILL.length());
            replied = exchanges.call(() -> echo.call(line).equals(line));
        }
    }

    private static int report(Screen screen, Figures figures, Work work) {
        screen.table(figures.byPriority());
        screen.table(figures.inTotal(work));
        int exitCode = work.exitCode(screen);
        long opened = figures.value(Meters.OPENED);
        screen.line(
                "Quickstart exchanges=%d failed=%d rate=%.0f p50_us=%.0f p99_us=%.0f connections=%d",
                work.total(), work.left(), work.rate(), figures.micros(0.5), figures.micros(0.99), opened);
        return exitCode;
    }
}
