package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class VirtualOrPlatformTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void callersOfBothKindsWaitAndHaveTheirReplies() {
        Ran ran = Ran.with(VirtualOrPlatform::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("VirtualOrPlatform ");
        assertThat(ran.figures())
                .containsOnlyKeys(
                        "callers", "failed", "platform_threads", "virtual_threads", "platform_kib", "virtual_kib");
        assertThat(ran.figure("callers")).isEqualTo(200);
        assertThat(ran.figure("failed")).isZero();
        assertThat(ran.figure("platform_threads")).isGreaterThan(200);
        assertThat(ran.figure("virtual_threads")).isPositive();
        assertThat(ran.figures().get("platform_kib")).matches("-?\\d+");
        assertThat(ran.figures().get("virtual_kib")).matches("-?\\d+");
        assertThat(ran.out())
                .containsPattern("(?m)^ +platform threads +virtual threads +ratio$")
                .containsPattern("(?m)^threads of the system( +[0-9,.]+){3}$")
                .containsPattern("(?m)^KiB of memory for a caller( +-?[0-9,.]+){2}")
                .containsPattern("(?m)^s until all wait( +[0-9,.]+){3}$");
    }
}
