package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StreamALargeReplyTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void everyChunkComesAsItWasSent() {
        Ran ran = Ran.with(StreamALargeReply::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("StreamALargeReply ");
        assertThat(ran.figures()).containsOnlyKeys("bytes", "failed", "heap_max_mib", "mib_per_s");
        assertThat(ran.figure("bytes")).isEqualTo(328 * 65_536);
        assertThat(ran.figure("failed")).isZero();
        assertThat(ran.figure("heap_max_mib")).isEqualTo(Runtime.getRuntime().maxMemory() >> 20);
        assertThat(ran.figure("mib_per_s")).isPositive();
    }
}
