package plainweave.examples;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.RejectedException;
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
    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);

    private TenThousandAtOnce() {}

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(TenThousandAtOnce::run);
    }

    private record Burst(Work calls, int refused, Figures figures, ClientStats client) {}

    static int run(Screen screen, Settings settings) {
        int callers = settings.scaled(CALLERS);
        try (EchoTarget target = EchoTarget.open(settings)) {
            int usual = ClientOptions.defaults().queuePerEndpoint();
            Burst before = burst(screen, target.endpoint(), callers, usual);
            Burst after = burst(screen, target.endpoint(), callers, callers);
            screen.table(new BeforeAfter("queue of " + usual, "queue of " + callers)
                    .row("replied to", before.calls.done(), after.calls.done())
                    .row("refused", before.refused, after.refused)
                    .row("waiting at most", before.client.maxWaiting(), after.client.maxWaiting())
                    .row("seconds", before.calls.seconds(), after.calls.seconds())
                    .table());
            return report(screen, before, after);
        }
    }

    private static Burst burst(Screen screen, Endpoint endpoint, int callers, int queue) {
        ClientOptions.Builder options = ClientOptions.builder()
                .permitsPerEndpoint(CONNECTIONS)
                .queuePerEndpoint(queue)
                .queueTotal(queue);
        Figures figures = Figures.of(options);
        AtomicInteger refused = new AtomicInteger();
        try (Client client = Client.create(options.build())) {
            Remote<String, String> echo = client.remote(endpoint, Codecs.lines());
            Work calls = screen.work(callers, () -> client.stats().waiting(), "waiting");
            try (calls) {
                Callers.together(callers, i -> {
                    try {
                        String reply =
                                echo.with(PRIORITIES.get(i % PRIORITIES.size())).call("caller " + i);
                        calls.check(reply.equals("caller " + i), "a reply was not what had been sent");
                    } catch (RejectedException e) {
                        refused.incrementAndGet();
                    } catch (CallException e) {
                        calls.failed(e);
                    }
                });
            }
            return new Burst(calls, refused.get(), figures, client.stats());
        }
    }

    private static int report(Screen screen, Burst before, Burst after) {
        screen.table(after.figures.byPriority(PRIORITIES));
        int exitCode =
                before.calls.left() > before.refused ? before.calls.exitCode(screen) : after.calls.exitCode(screen);
        screen.line(
                "TenThousandAtOnce callers=%d failed=%d refused_before=%d connections=%d urgent_p99_ms=%.1f normal_p99_ms=%.1f background_p99_ms=%.1f",
                after.calls.total(),
                after.calls.left(),
                before.refused,
                after.client.connectionsOpened(),
                after.figures.millis(Priority.URGENT, 0.99),
                after.figures.millis(Priority.NORMAL, 0.99),
                after.figures.millis(Priority.BACKGROUND, 0.99));
        return exitCode;
    }
}
