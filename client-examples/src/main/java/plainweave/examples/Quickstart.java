package plainweave.examples;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.Example;
import plainweave.examples.support.Figures;
import plainweave.examples.support.ProgressLine;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Table;
import plainweave.observe.micrometer.Meters;
import plainweave.observe.micrometer.MicrometerObserver;
import plainweave.testing.EchoServer;

/** Ten thousand callers, each a plain blocking loop on a virtual thread of its own, share at most 64 connections. */
public final class Quickstart {
    private static final int CALLERS = 10_000;
    private static final int EXCHANGES_EACH = 20;
    private static final int CONNECTIONS = 64;
    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);
    private static final String FILL = ".".repeat(63); // and a line feed: each line has 64 bytes

    private final LongAdder answered = new LongAdder();
    private final Queue<String> troubles = new ConcurrentLinkedQueue<>();

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(Quickstart::run);
    }

    static int run(Screen screen, Settings settings) {
        int callers = settings.scaled(CALLERS);
        if (settings.target().isPresent()) {
            return new Quickstart().run(screen, settings.target().get(), callers);
        }
        try (EchoServer server = EchoServer.start()) {
            return new Quickstart().run(screen, Endpoint.of("localhost", server.port()), callers);
        }
    }

    private int run(Screen screen, Endpoint endpoint, int callers) {
        sayHello(endpoint);
        long exchanges = (long) callers * EXCHANGES_EACH;
        screen.line("%,d callers, %,d exchanges with %s, at most %d connections%n", callers, exchanges, endpoint, CONNECTIONS);

        MeterRegistry meters = new SimpleMeterRegistry();
        Figures figures = new Figures(meters);
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(CONNECTIONS)
                .permitsTotal(CONNECTIONS)
                .queuePerEndpoint(callers)
                .queueTotal(callers)
                .timeout(Duration.ofMinutes(2)) // all callers come at once, and the target may be slow
                .observer(new MicrometerObserver(meters))
                .observer(figures)
                .build();
        long start = System.nanoTime();
        try (Client client = Client.create(options);
                ProgressLine progress = screen.progress(exchanges, answered::sum, () -> client.stats().waiting() + " waiting");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Remote<String, String> echo = client.remote(endpoint, Codecs.lines());
            for (int i = 0; i < callers; i++) {
                Remote<String, String> mine = echo.with(PRIORITIES.get(i % PRIORITIES.size()));
                int caller = i;
                threads.execute(() -> call(mine, caller));
            }
        } // closing the executor waits for all callers
        double seconds = (System.nanoTime() - start) / 1e9;
        return report(screen, figures, exchanges, seconds);
    }

    /** The shortest of clients. It also finds out whether there is an echo server at all. */
    private static void sayHello(Endpoint endpoint) {
        try (Client client = Client.create()) {
            String reply = client.remote(endpoint, Codecs.lines()).within(Duration.ofSeconds(5)).call("hello");
            if (!reply.equals("hello")) {
                throw new Complaint(endpoint + " is no echo server: it did not answer hello with hello");
            }
        }
    }

    /** What each caller does. The call waits for its turn and then for its reply, and only this thread waits. */
    private void call(Remote<String, String> echo, int caller) {
        try {
            for (int i = 0; i < EXCHANGES_EACH; i++) {
                String line = ("caller " + caller + " exchange " + i + " " + FILL).substring(0, FILL.length());
                if (!echo.call(line).equals(line)) {
                    throw new Complaint("a reply was not the line that was sent");
                }
                answered.increment();
            }
        } catch (CallException | Complaint e) {
            troubles.add(String.valueOf(e.getMessage()));
        }
    }

    private int report(Screen screen, Figures figures, long exchanges, double seconds) {
        long failed = exchanges - answered.sum();
        double rate = answered.sum() / seconds;
        screen.table(figures.exchanges(PRIORITIES));
        screen.table(new Table("lrl")
                .row("rate", rate, "exchanges/s, for " + "%.2f s".formatted(seconds))
                .row("connections opened", figures.value(Meters.OPENED), "at most " + CONNECTIONS + " at a time")
                .row("DNS hits", figures.value(Meters.DNS_HITS), "names found in the cache")
                .row("permits out, at most", figures.value(Meters.PERMITS_OUT_MAX), "of " + CONNECTIONS)
                .row("callers waiting, at most", figures.value(Meters.QUEUE_WAITING_MAX), "in the queue"));
        troubles.stream().findFirst().ifPresent(first -> screen.complain(failed + " exchanges failed, the first: " + first));
        screen.line(
                "quickstart exchanges=%d failed=%d rate=%.0f p50_us=%.0f p99_us=%.0f connections=%d",
                exchanges, failed, rate, figures.micros(0.5), figures.micros(0.99), figures.value(Meters.OPENED));
        return failed == 0 ? 0 : 1;
    }
}
