package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TlsAndRotationTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void callsGoOverToTheNewCertificateAndNoneFails() {
        Ran ran = Ran.with(TlsAndRotation::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("TlsAndRotation ");
        assertThat(ran.figures())
                .containsOnlyKeys("calls", "failed", "rotations", "full", "resumed", "ratio")
                .containsEntry("failed", "0")
                .containsEntry("rotations", "1");
        assertThat(ran.figure("full")).isGreaterThanOrEqualTo(2); // one for each certificate at least
        assertThat(ran.figure("resumed")).isPositive();
        assertThat(ran.out())
                .containsPattern("(?m)^no. 1 +[1-9][0-9,]*$")
                .containsPattern("(?m)^no. 2 +[1-9][0-9,]*$")
                .containsPattern("(?m)^handshakes( +[0-9,.]+){3}$");
    }
}
