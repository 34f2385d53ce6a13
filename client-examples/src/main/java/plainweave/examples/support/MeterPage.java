package plainweave.examples.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import plainweave.observe.micrometer.Meters;

/**
 * A web server on a free port of the loopback address: a page that draws a client's meters as they move, by server-sent events, and the
 * same meters at {@code /metrics} for Prometheus.
 */
public final class MeterPage implements AutoCloseable {
    private static final Duration PACE = Duration.ofMillis(250);
    private static final int KEPT = 240; // a minute, for who comes later
    private static final int MAX_WATCHERS = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final Map<String, String> FILES =
            Map.of("/", "page.html", "/page.css", "page.css", "/page.js", "page.js");
    private static final Map<String, String> TYPES =
            Map.of("html", "text/html", "css", "text/css", "js", "text/javascript");

    private final PrometheusMeterRegistry meters;
    private final Readings readings;
    private final Broadcast events = new Broadcast(KEPT);
    private final Semaphore watchers = new Semaphore(MAX_WATCHERS);
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("plainweave-page-", 0).factory());
    private final HttpServer server;
    private final Ticker clock;

    private MeterPage(PrometheusMeterRegistry meters, Readings readings, HttpServer server) {
        this.meters = meters;
        this.readings = readings;
        this.server = server;
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
        clock = new Ticker("plainweave-page-clock", PACE, () -> events.add(readings.next()));
    }

    /** A registry for Prometheus; the timers of calls and of the queue have the histograms that percentiles come from. */
    public static PrometheusMeterRegistry registry() {
        // region registry
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Set<String> timers = Set.of(Meters.EXCHANGE.meterName(), Meters.QUEUE_WAIT.meterName());
        registry.config().meterFilter(new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return timers.contains(id.getName())
                        ? DistributionStatisticConfig.builder()
                                .percentilesHistogram(true)
                                .build()
                                .merge(config)
                        : config;
            }
        });
        // endregion
        return registry;
    }

    /**
     * Starts one.
     *
     * @param meters those of a client that has started; made by {@link #registry()}
     * @param fault what is wrong with the server that is called; empty if nothing is
     * @param time how long it will go on
     * @throws UncheckedIOException if it cannot listen
     */
    public static MeterPage start(PrometheusMeterRegistry meters, Supplier<String> fault, Duration time) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            return new MeterPage(meters, new Readings(meters, fault, time.toMillis() / 1e3), server);
        } catch (IOException e) {
            throw new UncheckedIOException("no port to listen on", e);
        }
    }

    /** Where the page is. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /** How many calls the meters have counted so far. */
    public long calls() {
        return meters.find(Meters.EXCHANGE.meterName()).timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String file = FILES.get(path);
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(405, -1);
            } else if (file != null) {
                send(exchange, TYPES.get(file.substring(file.indexOf('.') + 1)) + "; charset=utf-8", resource(file));
            } else if (path.equals("/metrics")) {
                send(
                        exchange,
                        "text/plain; version=0.0.4; charset=utf-8",
                        meters.scrape().getBytes(StandardCharsets.UTF_8));
            } else if (path.equals("/events")) {
                watch(exchange);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private static byte[] resource(String file) throws IOException {
        try (InputStream in = MeterPage.class.getResourceAsStream("meters/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the page's " + file + " is not on the class path");
            }
            return in.readAllBytes();
        }
    }

    private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
        begin(exchange, type, body.length);
        exchange.getResponseBody().write(body);
    }

    private static void begin(HttpExchange exchange, String type, long length) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("Content-Security-Policy", "default-src 'self'; img-src data:");
        exchange.sendResponseHeaders(200, length);
    }

    /** Until it is over, or the browser leaves. */
    private void watch(HttpExchange exchange) throws IOException {
        if (!watchers.tryAcquire()) {
            exchange.sendResponseHeaders(503, -1);
            return;
        }
        try {
            begin(exchange, EVENTS, 0);
            tell(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            watchers.release();
        }
    }

    /** When it returns, all is on its way: the server may stop. */
    private void tell(HttpExchange exchange) throws IOException, InterruptedException {
        try (OutputStream out = exchange.getResponseBody()) {
            long seen = lastSeen(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
            for (List<Broadcast.Event> next = events.after(seen); !next.isEmpty(); next = events.after(seen)) {
                for (Broadcast.Event event : next) {
                    out.write(("id: " + event.number() + "\ndata: " + event.data() + "\n\n")
                            .getBytes(StandardCharsets.UTF_8));
                    seen = event.number();
                }
                out.flush();
            }
            out.write("event: over\ndata:\n\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    /** What a browser that comes back says; a newcomer says nothing, and is shown all that is kept. */
    private static long lastSeen(@Nullable String id) {
        return id != null && id.matches("\\d{1,18}") ? Long.parseLong(id) : 0;
    }

    /** Takes a last reading, lets those who watch have it, and ends. */
    @Override
    public void close() {
        clock.close();
        events.add(readings.next());
        events.end();
        try {
            watchers.tryAcquire(MAX_WATCHERS, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.stop(0);
        threads.close();
    }
}
