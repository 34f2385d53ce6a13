package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OverloadStaysFlatTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void allLimitsAreMeasuredAtEachLoadAndDrawn() {
        Ran ran = Ran.with(OverloadStaysFlat::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).matches("OverloadStaysFlat share_at_4x=[01]\\.\\d{3}");
        for (String load : new String[] {"0.5 x +6,400", "1.0 x +12,800", "2.0 x +25,600", "4.0 x +51,200"}) {
            assertThat(ran.out()).containsPattern("(?m)^" + load + "( +[0-9,]+){3}$");
        }
        assertThat(Path.of("target", "overload-stays-flat.svg"))
                .content()
                .contains("adaptive</text>", "fixed 64</text>", "fixed 4096</text>", "4.0 x</text>");
    }
}
