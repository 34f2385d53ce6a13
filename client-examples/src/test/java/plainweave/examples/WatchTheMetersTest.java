package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WatchTheMetersTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void everyCallIsMeteredWhateverFaultsThereAre() {
        Ran ran = Ran.with(WatchTheMeters::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("WatchTheMeters ");
        assertThat(ran.figures())
                .containsOnlyKeys("calls", "replied", "metered", "faults", "urgent_p99_ms", "others_p99_ms")
                .containsEntry("calls", "1800")
                .containsEntry("metered", "1800");
        assertThat(ran.figure("replied")).isBetween(1L, 1_800L);
        assertThat(ran.figure("faults")).isPositive();
        assertThat(ran.out()).containsPattern("(?m)^Watch http://127.0.0.1:\\d+/ for 1.2 s; ");
    }

    @Test
    void itGoesOnForAsLongAsItIsTold() {
        Ran ran = Ran.with(WatchTheMeters::run, Map.of("seconds", "10", "scale", "0.02"));

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out()).contains(" for 0.2 s; ");
        assertThat(ran.figure("calls")).isEqualTo(300);
    }

    @Test
    void aWrongTimeIsOneClearLine() {
        for (String wrong : new String[] {"0", "3601", "-1", "1.5", "a minute", "99999999999"}) {
            Ran ran = Ran.with(WatchTheMeters::run, Map.of("seconds", wrong));

            assertThat(ran.exitCode()).isOne();
            assertThat(ran.out()).isEmpty();
            assertThat(ran.complaints())
                    .containsExactly("-Dseconds: '" + wrong + "' is not a whole number from 1 to 3600");
        }
    }
}
