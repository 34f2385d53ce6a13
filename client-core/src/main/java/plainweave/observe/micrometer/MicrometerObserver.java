package plainweave.observe.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.observe.ClientStats;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Handshake;
import plainweave.observe.Leaked;
import plainweave.observe.Observer;
import plainweave.observe.Resolved;
import plainweave.observe.Shed;

/**
 * Turns what a client reports into the {@link Meters}. May serve several clients; its gauges then give their sum, and
 * of high-water marks the highest. The first 100
 * endpoints get a tag of their own, all others are {@code other}, so the number of meters is bounded. Safe from any thread.
 */
public final class MicrometerObserver implements Observer, AutoCloseable {
    private static final int MAX_ENDPOINT_TAGS = 100;
    private static final String OTHER = "other";
    private static final List<String> QUEUE_TAGS =
            List.of(Priority.URGENT.name(), Priority.NORMAL.name(), Priority.BACKGROUND.name(), OTHER);

    private final MeterRegistry registry;
    private final Set<Meter> registered = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<Key, Timer> timers = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Key, Counter> counters = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Endpoint, Tagged> endpoints = new ConcurrentHashMap<>();
    private final Tagged others = new Tagged(OTHER);
    private final AtomicInteger endpointTagsLeft = new AtomicInteger(MAX_ENDPOINT_TAGS);
    private final List<Supplier<ClientStats>> clients = new CopyOnWriteArrayList<>();
    private final LongAdder hitsOfClosed = new LongAdder();
    private final LongAdder readOfClosed = new LongAdder();
    private final LongAdder writtenOfClosed = new LongAdder();
    private final AtomicBoolean gauged = new AtomicBoolean();

    /** Looking a meter up in the registry costs more than recording to it, so each is looked up once for its tags. */
    private record Key(Meters meter, String first, String second, String third) {}

    /** The timers of calls that are done, which are all of them mostly, are found without a key. */
    private record Tagged(String tag, ConcurrentHashMap<Priority, Calls> done) {
        Tagged(String tag) {
            this(tag, new ConcurrentHashMap<>());
        }
    }

    private record Calls(Timer exchange, Timer queueWait) {}

    /** An observer that registers its meters with this registry. */
    @SuppressWarnings("exports") // who has a registry requires Micrometer; transitive, everybody would have to
    public MicrometerObserver(MeterRegistry registry) {
        this.registry = Objects.requireNonNull(registry, "registry");
    }

    @Override
    public void started(Supplier<ClientStats> stats) {
        clients.add(stats);
        if (gauged.compareAndSet(false, true)) {
            gauge(Meters.PERMITS_OUT, ClientStats::permitsOut);
            gauge(Meters.PERMITS_TOTAL, ClientStats::permitsTotal);
            gauge(Meters.PERMITS_OUT_MAX, () -> highest(ClientStats::maxPermitsOut));
            for (String priority : QUEUE_TAGS) {
                gauge(Meters.QUEUE_WAITING, () -> sum(each -> waiting(each, priority)), priority);
            }
            gauge(Meters.QUEUE_WAITING_MAX, () -> highest(ClientStats::maxWaiting));
            gauge(Meters.CONNECTIONS_IN_USE, ClientStats::connectionsInUse);
            gauge(Meters.CONNECTIONS_IDLE, ClientStats::connectionsIdle);
            gauge(Meters.SOCKETS, ClientStats::sockets);
            gauge(Meters.MEMORY_BOUND, ClientStats::memoryBound);
            total(Meters.DNS_HITS, ClientStats::dnsHits, hitsOfClosed);
            total(Meters.SOCKETS_READ, ClientStats::socketBytesIn, readOfClosed);
            total(Meters.SOCKETS_WRITTEN, ClientStats::socketBytesOut, writtenOfClosed);
        }
    }

    /** A counter never falls, so what clients that have closed had counted stays in it. */
    private void total(Meters meter, ToDoubleFunction<ClientStats> value, LongAdder ofClosed) {
        registered.add(FunctionCounter.builder(meter.meterName(), this, o -> ofClosed.sum() + o.sum(value))
                .description(meter.help())
                .register(registry));
    }

    @Override
    public void stopped(Supplier<ClientStats> stats) {
        if (clients.remove(stats)) {
            ClientStats last = stats.get();
            hitsOfClosed.add(last.dnsHits());
            readOfClosed.add(last.socketBytesIn());
            writtenOfClosed.add(last.socketBytesOut());
        }
    }

    private void gauge(Meters meter, ToDoubleFunction<ClientStats> value) {
        gauge(meter, () -> sum(value));
    }

    private void gauge(Meters meter, Supplier<Number> value, String... tags) {
        registered.add(Gauge.builder(meter.meterName(), value)
                .description(meter.help())
                .tags(tags(meter, tags))
                .strongReference(true)
                .register(registry));
    }

    private static double waiting(ClientStats stats, String tag) {
        return stats.waitingByPriority().entrySet().stream()
                .filter(each -> tag.equals(queueTag(each.getKey())))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** Few, for a gauge has to be there before anybody waits: only then does it fall to zero when nobody does. */
    private static String queueTag(Priority priority) {
        return QUEUE_TAGS.contains(priority.name()) ? priority.name() : OTHER;
    }

    private double sum(ToDoubleFunction<ClientStats> value) {
        return clients.stream()
                .mapToDouble(stats -> value.applyAsDouble(stats.get()))
                .sum();
    }

    private double highest(ToDoubleFunction<ClientStats> value) {
        return clients.stream()
                .mapToDouble(stats -> value.applyAsDouble(stats.get()))
                .max()
                .orElse(0);
    }

    @Override
    public void exchanged(ExchangeReport report) {
        Tagged to = tagged(report.endpoint());
        Priority priority = report.priority();
        Optional<CallException> failure = report.failure();
        Calls calls = failure.isEmpty()
                ? done(to, priority)
                : calls(to, priority, failure.get().kind());
        Progress progress = report.progress();
        calls.exchange.record(progress.totalNanos(), TimeUnit.NANOSECONDS);
        calls.queueWait.record(progress.nanos(Phase.QUEUE), TimeUnit.NANOSECONDS);
    }

    private Calls done(Tagged to, Priority priority) {
        Calls known = to.done.get(priority);
        return known != null ? known : to.done.computeIfAbsent(priority, p -> calls(to, p, "done"));
    }

    private Calls calls(Tagged to, Priority priority, String outcome) {
        return new Calls(
                timer(new Key(Meters.EXCHANGE, to.tag, priority.name(), outcome)),
                timer(new Key(Meters.QUEUE_WAIT, to.tag, priority.name(), "")));
    }

    @Override
    public void opened(ConnectionOpened event) {
        timer(new Key(Meters.OPENED, tag(event.endpoint()), "", "")).record(event.took());
    }

    @Override
    public void secured(Handshake event) {
        String kind = event.resumed() ? "resumed" : "full";
        timer(new Key(Meters.HANDSHAKES, tag(event.endpoint()), kind, "")).record(event.took());
    }

    @Override
    public void closed(ConnectionClosed event) {
        String reason = event.reason().name().toLowerCase(Locale.ROOT);
        String endpoint = tag(event.endpoint());
        counter(new Key(Meters.CLOSED, endpoint, reason, "")).increment();
        timer(new Key(Meters.LIFETIME, endpoint, "", "")).record(event.age());
    }

    @Override
    public void resolved(Resolved event) {
        String outcome = event.failure().isPresent() ? "failed" : "done";
        timer(new Key(Meters.DNS_LOOKUP, outcome, "", "")).record(event.took());
    }

    @Override
    public void shed(Shed event) {
        counter(new Key(Meters.SHED, tag(event.endpoint()), event.priority().name(), ""))
                .increment();
    }

    @Override
    public void leaked(Leaked event) {
        counter(new Key(Meters.LEAKED, tag(event.endpoint()), "", "")).increment();
    }

    private String tag(Endpoint endpoint) {
        return tagged(endpoint).tag;
    }

    private Tagged tagged(Endpoint endpoint) {
        Tagged known = endpoints.get(endpoint);
        if (known != null) {
            return known;
        }
        if (endpointTagsLeft.get() <= 0) {
            return others;
        }
        Tagged own = endpoints.computeIfAbsent(
                endpoint, e -> endpointTagsLeft.getAndDecrement() > 0 ? new Tagged(e.toString()) : null);
        return own == null ? others : own;
    }

    private Timer timer(Key key) {
        return meter(
                timers,
                key,
                (name, help, tags) ->
                        Timer.builder(name).description(help).tags(tags).register(registry));
    }

    private Counter counter(Key key) {
        return meter(
                counters,
                key,
                (name, help, tags) ->
                        Counter.builder(name).description(help).tags(tags).register(registry));
    }

    private interface Registering<M> {
        M register(String name, String help, List<Tag> tags);
    }

    private <M extends Meter> M meter(ConcurrentHashMap<Key, M> all, Key key, Registering<M> kind) {
        M known = all.get(key);
        return known != null
                ? known
                : all.computeIfAbsent(key, k -> {
                    M made = kind.register(
                            k.meter.meterName(), k.meter.help(), tags(k.meter, k.first, k.second, k.third));
                    registered.add(made);
                    return made;
                });
    }

    private static List<Tag> tags(Meters meter, String... values) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < meter.tags().size(); i++) {
            tags.add(Tag.of(meter.tags().get(i), values[i]));
        }
        return tags;
    }

    /** Removes its meters from the registry. */
    @Override
    public void close() {
        registered.forEach(registry::remove);
        registered.clear();
        endpoints.values().forEach(each -> each.done.clear());
        others.done.clear();
        timers.clear();
        counters.clear();
    }
}
