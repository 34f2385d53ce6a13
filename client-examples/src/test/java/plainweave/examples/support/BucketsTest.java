package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import plainweave.observe.micrometer.Meters;

class BucketsTest {
    private final PrometheusMeterRegistry registry = MeterPage.registry();
    private final Timer here = timer("here");
    private final Timer there = timer("there");

    private Timer timer(String endpoint) {
        return registry.timer(Meters.EXCHANGE.meterName(), "endpoint", endpoint);
    }

    private Buckets all() {
        return Buckets.of(List.of(here, there));
    }

    private static void record(Timer timer, int fromMillis, int toMillis) {
        for (int millis = fromMillis; millis <= toMillis; millis++) {
            timer.record(Duration.ofMillis(millis));
        }
    }

    @Test
    void percentilesAreOfAllTimersTogetherToTheWidthOfABucket() {
        record(here, 1, 500);
        record(there, 501, 1_000);

        assertThat(all().millis(0.5).orElseThrow()).isCloseTo(500, within(25.0));
        assertThat(all().millis(0.9).orElseThrow()).isCloseTo(900, within(90.0));
        assertThat(all().millis(0.01).orElseThrow()).isCloseTo(10, within(2.0));
    }

    @Test
    void onlyWhatWasCountedSinceThenIsInTheDifference() {
        record(here, 1, 1_000);
        Buckets before = all();
        assertThat(all().since(before).millis(0.5)).isEmpty();

        record(there, 40, 60);
        assertThat(all().since(before).millis(0.5).orElseThrow()).isCloseTo(50, within(5.0));
        assertThat(all().since(before).millis(1).orElseThrow()).isBetween(60.0, 70.0);
    }

    @Test
    void ofNothingThereIsNoPercentile() {
        assertThat(all().millis(0.5)).isEmpty();
        assertThat(new Buckets().millis(0.5)).isEmpty();
    }

    @Test
    void whatIsOverTheLastBucketCountsAsItsBound() {
        here.record(Duration.ofMillis(1));
        here.record(Duration.ofHours(1));

        assertThat(all().millis(0.99).orElseThrow()).isFinite().isPositive();
    }
}
