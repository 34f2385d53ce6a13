package plainweave.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 500 names on a resolver that does not answer: their callers fail at their deadline, a name that is known is served meanwhile, and
 * other virtual threads go on within 100 ms of a platform thread.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class StuckResolverTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Test
    void harmsNobodyButThoseWhoAskForNamesItDoesNotAnswer() throws Exception {
        Forked.Ended ended =
                Forked.java(LIMIT, List.of("-Djdk.virtualThreadScheduler.parallelism=2"), StuckResolver.class, "500");
        assertThat(ended.well()).as(ended::said).isTrue();
    }
}
