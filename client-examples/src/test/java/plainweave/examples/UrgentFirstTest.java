package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UrgentFirstTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void bothContestantsAreMeasured() {
        Ran ran = Ran.with(UrgentFirst::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine())
                .matches("UrgentFirst urgent_p99_ms=\\d+\\.\\d fifo_urgent_p99_ms=\\d+\\.\\d ratio=\\d+\\.\\d{3}"
                        + " background_share=\\d+\\.\\d{3} urgent_failed=[01]\\.\\d{4}");
        assertThat(ran.out())
                .containsPattern("(?m)^priorities( +[0-9,.]+){5}$")
                .containsPattern("(?m)^fair semaphore( +[0-9,.]+){5}$");
    }
}
