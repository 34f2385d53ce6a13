package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import plainweave.ClientOptions;

class TuningTest {
    @Test
    void optionsAreCheckedTogether() {
        // region options
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(64) // as many exchanges as the peer does well at once
                .permitsTotal(256) // for four such peers
                .maxFrame(256 * 1024) // the largest request or reply
                .timeout(Duration.ofSeconds(2)) // no caller here waits longer
                .idleTimeout(Duration.ofSeconds(30)) // less than the peer's own
                .build(); // refuses what does not fit together, and names each
        // endregion

        assertThat(options.memoryBound()).isLessThan(options.maxMemory());
        assertThatThrownBy(() -> options.toBuilder().permitsTotal(5_000).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lower permitsTotal or maxFrame, or raise maxMemory");
    }
}
