package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CachedDnsOrNotTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void oneCallAsksForAllOrEachForItself() {
        Ran ran = Ran.with(CachedDnsOrNot::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("CachedDnsOrNot ");
        assertThat(ran.figures())
                .containsOnlyKeys(
                        "calls", "failed", "cached_per_s", "uncached_per_s", "ratio", "lookups", "uncached_lookups");
        assertThat(ran.figure("calls")).isEqualTo(160);
        assertThat(ran.figure("failed")).isZero();
        assertThat(ran.figure("uncached_lookups")).isEqualTo(160);
        assertThat(ran.figure("lookups")).isOne();
        assertThat(ran.figure("cached_per_s")).isPositive();
        assertThat(ran.figure("uncached_per_s")).isPositive();
        assertThat(ran.figures().get("ratio")).matches("\\d+\\.\\d\\d");
        assertThat(ran.out())
                .containsPattern("(?m)^ +looked up each time +cached +ratio$")
                .containsPattern("(?m)^lookups +160 +1 +[0-9.]+$");
    }
}
