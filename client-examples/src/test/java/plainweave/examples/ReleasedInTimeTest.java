package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReleasedInTimeTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void nothingIsLeftOfCallsThatFail() {
        Ran ran = Ran.with(ReleasedInTime::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("ReleasedInTime ");
        assertThat(ran.figures())
                .containsOnlyKeys("calls", "failed", "descriptors_before", "descriptors_after", "permits_out", "open");
        assertThat(ran.figure("calls")).isEqualTo(200);
        assertThat(ran.figure("failed")).isEqualTo(200);
        assertThat(ran.figure("permits_out")).isZero();
        assertThat(ran.figure("open")).isZero();
        assertThat(ran.figure("descriptors_before")).isPositive();
        assertThat(ran.figure("descriptors_after")).isLessThanOrEqualTo(ran.figure("descriptors_before"));
        assertThat(ran.out())
                .contains("reset, hung up, cut off, garbage, silence, refused")
                .containsPattern("(?m)^descriptors( +[0-9.]+){3}$");
    }
}
