package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TenThousandAtOnceTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void allHaveTheirRepliesOverAFewConnections() {
        Ran ran = Ran.with(TenThousandAtOnce::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("TenThousandAtOnce ");
        assertThat(ran.figures())
                .containsOnlyKeys(
                        "callers",
                        "failed",
                        "connections",
                        "refused_before",
                        "urgent_p99_ms",
                        "normal_p99_ms",
                        "background_p99_ms");
        assertThat(ran.figure("callers")).isEqualTo(200);
        assertThat(ran.figure("failed")).isZero();
        assertThat(ran.figure("connections")).isBetween(1L, 8L);
        assertThat(ran.figure("refused_before")).isZero(); // the usual queue holds as many
        for (String priority : new String[] {"urgent", "normal", "background"}) {
            assertThat(ran.figures().get(priority + "_p99_ms")).matches("\\d+\\.\\d\\d");
        }
        assertThat(ran.out())
                .containsPattern("(?m)^replied to +200 +200 +1$")
                .containsPattern("(?m)^URGENT +67 ")
                .containsPattern("(?m)^BACKGROUND +66 ");
    }

    @Test
    void ofMoreThanTheUsualQueueHoldsTheRestIsRefusedAndBehindALongerOneNobody() {
        Ran ran = Ran.with(TenThousandAtOnce::run, Map.of("scale", "0.2"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.figure("refused_before")).isBetween(1L, 2_000L - 1);
        assertThat(ran.figure("failed")).isZero();
    }
}
