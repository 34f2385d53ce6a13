package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OwnProtocolTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void theCodecStandsTheKitAndNoCallFails() {
        Ran ran = Ran.with(OwnProtocol::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).matches("OwnProtocol calls=4000 failed=0 rate=\\d+");
    }
}
