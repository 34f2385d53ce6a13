package plainweave.examples.support;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import plainweave.ClientOptions;
import plainweave.call.Priority;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Observer;
import plainweave.observe.micrometer.Meters;
import plainweave.observe.micrometer.MicrometerObserver;

/**
 * Reads a client's meters for an example's tables. It is an observer too, beside the one that fills the registry:
 * percentiles of single priorities cannot be added up, so it times all exchanges once more.
 */
public final class Figures implements Observer {
    /** Those that the callers of an example have in turn. */
    public static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);

    private static final String ALL = "example.exchange.all";
    private static final Set<String> WITH_PERCENTILES =
            Set.of(Meters.EXCHANGE.meterName(), Meters.HANDSHAKES.meterName(), ALL);

    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Timer all;

    private Figures() {
        meters.config().meterFilter(percentiles());
        this.all = Timer.builder(ALL).register(meters);
    }

    /** The figures of a client that is made with these options, once it is made. */
    public static Figures of(ClientOptions.Builder options) {
        Figures figures = new Figures();
        options.observer(new MicrometerObserver(figures.meters)).observer(figures);
        return figures;
    }

    /** Has the timers keep percentiles: to three digits, and of the whole run where the default is the last minute. */
    private static MeterFilter percentiles() {
        DistributionStatisticConfig wholeRun = DistributionStatisticConfig.builder()
                .percentiles(0.5, 0.99)
                .percentilePrecision(3)
                .expiry(Duration.ofDays(1))
                .bufferLength(1)
                .build();
        return new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return WITH_PERCENTILES.contains(id.getName()) ? wholeRun.merge(config) : config;
            }
        };
    }

    @Override
    public void exchanged(ExchangeReport report) {
        if (report.failure().isEmpty()) {
            all.record(report.progress().totalNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** A count or a gauge, summed up over its tags. */
    public long value(Meters meter) {
        return sum(meters.find(meter.meterName()));
    }

    /** The same of those with this tag. */
    public long value(Meters meter, String tag, String value) {
        return sum(meters.find(meter.meterName()).tag(tag, value));
    }

    private static long sum(Search found) {
        return Math.round(found.meters().stream()
                .flatMap(each -> StreamSupport.stream(each.measure().spliterator(), false))
                .filter(it -> it.getStatistic() == Statistic.COUNT || it.getStatistic() == Statistic.VALUE)
                .mapToDouble(Measurement::getValue)
                .sum());
    }

    /** The microseconds within which this part of all exchanges was done: 0.5 or 0.99. */
    public double micros(double percentile) {
        return micros(List.of(all), percentile);
    }

    /** The same of TLS handshakes: {@code full} or {@code resumed}. */
    public double handshakeMicros(String kind, double percentile) {
        return micros(
                meters.find(Meters.HANDSHAKES.meterName()).tag("kind", kind).timers(), percentile);
    }

    /** Fields for an example's last line, as in {@code urgent_p99_ms=12.30}. */
    public String p99ByPriority() {
        return PRIORITIES.stream()
                .map(each -> each.name().toLowerCase(Locale.ROOT) + "_p99_ms="
                        + String.format(Locale.ROOT, "%.2f", micros(timers(each), 0.99) / 1_000))
                .collect(Collectors.joining(" "));
    }

    private Collection<Timer> timers(Priority priority) {
        return meters.find(Meters.EXCHANGE.meterName())
                .tag("priority", priority.name())
                .tag("outcome", "done")
                .timers();
    }

    /** How many calls ended with that outcome, as in {@code rejected}. */
    public long ended(String outcome) {
        return meters.find(Meters.EXCHANGE.meterName()).tag("outcome", outcome).timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    /** How many exchanges succeeded at each priority, and how long they took. */
    public Table byPriority() {
        Table table = new Table("lrrr").head("priority", "exchanges", "p50 ms", "p99 ms");
        PRIORITIES.forEach(priority -> row(table, priority.name(), timers(priority)));
        row(table, "all", List.of(all));
        return table;
    }

    /** How the work went as a whole. */
    public Table inTotal(Work work) {
        return new Table("lrl")
                .row("rate", work.rate(), String.format(Locale.ROOT, "exchanges/s, for %.1f s", work.seconds()))
                .row("connections opened", value(Meters.OPENED), "")
                .row("DNS hits", value(Meters.DNS_HITS), "names found in the cache")
                .row("permits", value(Meters.PERMITS_OUT_MAX), "out at most, of " + value(Meters.PERMITS_TOTAL))
                .row("queue", value(Meters.QUEUE_WAITING_MAX), "callers waiting at most");
    }

    private static void row(Table table, String name, Collection<Timer> timers) {
        long count = timers.stream().mapToLong(Timer::count).sum();
        table.row(name, count, millis(micros(timers, 0.5)), millis(micros(timers, 0.99)));
    }

    /** Of several timers, one for each endpoint, the slowest tells. */
    private static double micros(Collection<Timer> timers, double percentile) {
        return timers.stream()
                .flatMap(timer -> Arrays.stream(timer.takeSnapshot().percentileValues()))
                .filter(value -> value.percentile() == percentile)
                .mapToDouble(value -> value.value(TimeUnit.MICROSECONDS))
                .max()
                .orElse(0);
    }

    private static String millis(double micros) {
        return String.format(Locale.ROOT, "%,.2f", micros / 1_000);
    }
}
