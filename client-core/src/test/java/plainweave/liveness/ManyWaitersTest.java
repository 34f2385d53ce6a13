package plainweave.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 10,000 callers wait for 8 permits: nobody spins, every caller is served, the carriers stay as free as in the same job
 * without us, and a deadline is told at most 50 ms later than there.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ManyWaitersTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @Test
    void areServedOrToldInTimeAndCostNothingMeanwhile() throws Exception {
        Forked.Ended ended =
                Forked.java(LIMIT, List.of("-Djdk.virtualThreadScheduler.parallelism=2"), ManyWaiters.class);
        assertThat(ended.well()).as(ended::said).isTrue();
    }
}
