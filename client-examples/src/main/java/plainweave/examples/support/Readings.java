package plainweave.examples.support;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import plainweave.call.Priority;
import plainweave.observe.micrometer.Meters;

/**
 * Reads the meters of a client that has started, over and over, into lines of JSON that a page can draw: rates and percentiles are of the
 * time since the reading before. Not thread-safe.
 */
final class Readings {
    private static final double NANOS = 1e9;
    private static final String DONE = "done";
    private static final List<String> KINDS = List.of("DeadlineExceeded", "ConnectionLost", "Rejected");

    private final MeterRegistry meters;
    private final Supplier<String> fault;
    private final double of;
    private final long start = System.nanoTime();

    private long number;
    private Counted last = new Counted(0, Map.of(), new Buckets());

    /** What only grows, at so many seconds after the start. */
    private record Counted(double seconds, Map<String, Long> calls, Buckets replies) {
        long calls(String outcome) {
            return calls.getOrDefault(outcome, 0L);
        }

        long allCalls() {
            return calls.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * Nothing read yet.
     *
     * @param fault what is wrong with the server; empty if nothing is
     * @param of how many seconds it will go on
     */
    Readings(MeterRegistry meters, Supplier<String> fault, double of) {
        this.meters = meters;
        this.fault = fault;
        this.of = of;
    }

    /** One more reading. */
    String next() {
        Counted before = last;
        Counted now = counted();
        last = now;
        number++;
        double passed = now.seconds - before.seconds;
        double done = (now.calls(DONE) - before.calls(DONE)) / passed;
        double failed = (now.allCalls() - before.allCalls()) / passed - done;
        Panel failures = new Panel("failures");
        double others = failed;
        for (String kind : KINDS) {
            double rate = (now.calls(kind) - before.calls(kind)) / passed;
            failures.line(kind, rate);
            others -= rate;
        }
        failures.line("other", Math.max(0, others));
        Buckets replies = now.replies.since(before.replies);
        return String.format(
                Locale.ROOT,
                "{\"n\":%d,\"seconds\":%.3f,\"of\":%.3f,\"fault\":\"%s\",\"calls\":%d,%s,%s,%s,%s,%s,%s}",
                number,
                now.seconds,
                of,
                fault.get(),
                now.allCalls(),
                new Panel("rate").line(DONE, done).line("failed", failed),
                new Panel("latency")
                        .line("p50", replies.millis(0.5))
                        .line("p90", replies.millis(0.9))
                        .line("p99", replies.millis(0.99)),
                failures,
                new Panel("permits").line("out", gauge(Meters.PERMITS_OUT)).line("total", gauge(Meters.PERMITS_TOTAL)),
                new Panel("queue")
                        .line(Priority.URGENT.name(), waiting(Priority.URGENT))
                        .line(Priority.NORMAL.name(), waiting(Priority.NORMAL))
                        .line(Priority.BACKGROUND.name(), waiting(Priority.BACKGROUND)),
                new Panel("pool")
                        .line("in use", gauge(Meters.CONNECTIONS_IN_USE))
                        .line("idle", gauge(Meters.CONNECTIONS_IDLE)));
    }

    private Counted counted() {
        List<Timer> timers =
                List.copyOf(meters.find(Meters.EXCHANGE.meterName()).timers());
        return new Counted(
                (System.nanoTime() - start) / NANOS,
                timers.stream().collect(Collectors.groupingBy(Readings::outcome, Collectors.summingLong(Timer::count))),
                Buckets.of(timers.stream()
                        .filter(timer -> outcome(timer).equals(DONE))
                        .toList()));
    }

    private static String outcome(Timer timer) {
        return String.valueOf(timer.getId().getTag("outcome"));
    }

    private double gauge(Meters meter) {
        return meters.get(meter.meterName()).gauge().value();
    }

    private double waiting(Priority priority) {
        return meters.get(Meters.QUEUE_WAITING.meterName())
                .tag("priority", priority.name())
                .gauge()
                .value();
    }

    /** The lines of one panel, in the order in which they are drawn. */
    private static final class Panel {
        private final StringJoiner lines;

        Panel(String name) {
            lines = new StringJoiner(",", "\"" + name + "\":{", "}");
        }

        Panel line(String name, OptionalDouble value) {
            lines.add("\"" + name + "\":"
                    + (value.isPresent() ? String.format(Locale.ROOT, "%.3f", value.getAsDouble()) : "null"));
            return this;
        }

        Panel line(String name, double value) {
            return line(name, OptionalDouble.of(value));
        }

        @Override
        public String toString() {
            return lines.toString();
        }
    }
}
