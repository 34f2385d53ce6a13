package plainweave.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nothing a client waits for holds a carrier, shown in a JVM that has only one: a virtual heartbeat goes on within 100 ms of a
 * platform thread's, and every caller finishes. Canaries prove that the heartbeat would tell.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NoPinningTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private Forked.Ended ended = new Forked.Ended("not run", List.of());

    @BeforeAll
    void runsThemInAJvmWithOneCarrier() throws Exception {
        ended = Forked.java(
                LIMIT,
                List.of("-Djdk.virtualThreadScheduler.parallelism=1", "-Djdk.virtualThreadScheduler.maxPoolSize=1"),
                OneCarrier.class);
    }

    @ParameterizedTest
    @EnumSource
    void theHeartbeatTellsWhatHoldsTheCarrier(Canary canary) {
        assertSaid(OneCarrier.line(canary, canary.holds ? "held" : "free"));
    }

    @ParameterizedTest
    @EnumSource
    void theCarrierIsFreeDuring(Scenario scenario) {
        assertSaid(OneCarrier.line(scenario, "free"));
    }

    private void assertSaid(String beginning) {
        assertThat(ended.figures()).as(ended::said).anyMatch(line -> line.startsWith(beginning));
    }
}
