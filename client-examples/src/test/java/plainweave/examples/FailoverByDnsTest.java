package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FailoverByDnsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void connectionsFollowTheNameAndNoCallFails() {
        Ran ran = Ran.with(FailoverByDns::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("FailoverByDns ");
        assertThat(ran.figures())
                .containsOnlyKeys("calls", "failed", "moves", "connections_moved", "slowest_ms")
                .containsEntry("failed", "0")
                .containsEntry("moves", "1");
        assertThat(ran.figure("connections_moved")).isPositive();
        assertThat(ran.out()).containsPattern("(?m)^127.0.0.1 +127.0.0.2 +\\d");
    }
}
