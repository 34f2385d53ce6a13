package plainweave.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A burst of virtual threads on an endpoint that nobody has called yet and that greets half a second after the connect: all are
 * served in less than one and a half times what the greeting and the same calls over open connections take.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ColdBurstTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** 256 is the JDK's own bound; with 2, a carrier that is held is not replaced. */
    @ParameterizedTest
    @ValueSource(ints = {256, 2})
    void isServedAtOnceByTwoCarriersOfAtMost(int maxPoolSize) throws Exception {
        Forked.Ended ended = Forked.java(
                LIMIT,
                List.of(
                        "-Djdk.virtualThreadScheduler.parallelism=2",
                        "-Djdk.virtualThreadScheduler.maxPoolSize=" + maxPoolSize),
                ColdBurst.class,
                "400",
                "5000");
        assertThat(ended.well()).as(ended::said).isTrue();
    }
}
