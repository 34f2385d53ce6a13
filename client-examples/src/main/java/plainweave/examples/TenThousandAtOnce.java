package plainweave.examples;

import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.Callers;
import plainweave.examples.support.EchoTarget;
import plainweave.examples.support.Example;
import plainweave.examples.support.Figures;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;
import plainweave.observe.ClientStats;

/** Ten thousand calls at the same moment over eight connections: a queue of the usual length refuses most, one as long as the crowd none. */
public final class TenThousandAtOnce {
    private static final int CALLERS = 10_000;
    private static final int CONNECTIONS = 8;

    private TenThousandAtOnce() {}

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(TenThousandAtOnce::run);
    }

    private record Burst(Work calls, long refused, Figures figures, ClientStats client) {}

    static int run(Screen screen, Settings settings) {
        int callers = settings.scaled(CALLERS);
        int usual = ClientOptions.defaults().queuePerEndpoint();
        try (EchoTarget target = EchoTarget.open(settings)) {
            Burst before = burst(screen, target.endpoint(), callers, usual);
            Burst after = burst(screen, target.endpoint(), callers, callers);
            screen.table(new BeforeAfter("queue of " + usual, "queue of " + callers)
                    .row("replied to", before.calls.done(), after.calls.done())
                    .row("refused", before.refused, after.refused)
                    .row("waiting at most", before.client.maxWaiting(), after.client.maxWaiting())
                    .row("seconds", before.calls.seconds(), after.calls.seconds())
                    .table());
            screen.table(after.figures.byPriority());
            return report(screen, before, after);
        }
    }

    private static Burst burst(Screen screen, Endpoint endpoint, int callers, int queue) {
        ClientOptions.Builder options = ClientOptions.builder()
                .permitsPerEndpoint(CONNECTIONS)
                .queuePerEndpoint(queue)
                .queueTotal(queue);
        Figures figures = Figures.of(options);
        try (Client client = Client.create(options.build())) {
            Remote<String, String> echo = client.remote(endpoint, Codecs.lines());
            Work calls = screen.work(callers, () -> client.stats().waiting(), "waiting");
            try (calls) {
                Callers.together(callers, i -> {
                    Remote<String, String> mine = echo.with(Figures.PRIORITIES.get(i % 3));
                    calls.call(() -> mine.call("caller " + i).equals("caller " + i));
                });
            }
            return new Burst(calls, figures.ended("Rejected"), figures, client.stats());
        }
    }

    private static int report(Screen screen, Burst before, Burst after) {
        boolean onlyRefused = before.calls.left() == before.refused;
        int exitCode = (onlyRefused ? after : before).calls.exitCode(screen);
        String p99 = after.figures.p99ByPriority();
        screen.line(
                "TenThousandAtOnce callers=%d failed=%d connections=%d refused_before=%d %s",
                after.calls.total(), after.calls.left(), after.client.connectionsOpened(), before.refused, p99);
        return exitCode;
    }
}
