package plainweave.examples.support;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * How many durations were at most how long, as timers with a histogram count them. Unlike percentiles these can be added up over timers
 * and subtracted over time; what Prometheus' {@code histogram_quantile} does, {@link #millis} does here.
 */
final class Buckets {
    /** From the upper bound of a bucket, in milliseconds, to how many were at most that. */
    private final TreeMap<Double, Double> upTo = new TreeMap<>();

    /** All that these timers have counted so far. */
    static Buckets of(Collection<Timer> timers) {
        Buckets all = new Buckets();
        for (Timer timer : timers) {
            for (CountAtBucket bucket : timer.takeSnapshot().histogramCounts()) {
                all.upTo.merge(bucket.bucket(TimeUnit.MILLISECONDS), bucket.count(), Double::sum);
            }
        }
        return all;
    }

    /** What was counted since then. */
    Buckets since(Buckets then) {
        Buckets between = new Buckets();
        upTo.forEach((bound, count) -> between.upTo.put(bound, count - then.upTo.getOrDefault(bound, 0.0)));
        return between;
    }

    /** The milliseconds within which that share was done, as in 0.99; taken as evenly spread inside a bucket. Empty if there was none. */
    OptionalDouble millis(double share) {
        double all = upTo.isEmpty() ? 0 : upTo.lastEntry().getValue();
        if (all <= 0) {
            return OptionalDouble.empty();
        }
        double wanted = share * all;
        double bound = 0;
        double count = 0;
        for (Map.Entry<Double, Double> bucket : upTo.entrySet()) {
            if (bucket.getValue() >= wanted && bucket.getValue() > count) {
                double part = (wanted - count) / (bucket.getValue() - count);
                return OptionalDouble.of(bound + (bucket.getKey() - bound) * part);
            }
            bound = bucket.getKey();
            count = bucket.getValue();
        }
        return OptionalDouble.of(bound);
    }
}
