package plainweave.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Removing a connection from commons-pool2 takes locks inside a monitor. On JDK 21 virtual threads that waited for these kept their
 * carriers until there was none left for the one whose turn it was.
 */
class ManySessionsTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void closingConnectionsForOtherSessionsStopsNobody(int carriers) throws Exception {
        Forked.Ended ended = Forked.java(
                LIMIT,
                List.of(
                        "-Djdk.virtualThreadScheduler.parallelism=" + carriers,
                        "-Djdk.virtualThreadScheduler.maxPoolSize=" + carriers),
                ManySessions.class);

        assertThat(ended.well()).as(ended::said).isTrue();
    }
}
