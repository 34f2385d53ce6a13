package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DockerTest {

    @Test
    void autoRunsContainersWhereNothingIsInTheWay() {
        assertThat(Docker.decide("auto", Optional::empty).run()).isTrue();
    }

    @Test
    void autoSkipsThemElsewhereAndSaysWhy() {
        Docker.Verdict verdict = Docker.decide("auto", () -> Optional.of("no engine answers"));

        assertThat(verdict.run()).isFalse();
        assertThat(verdict.reason()).startsWith("no engine answers").contains("it.docker=required");
    }

    @Test
    void requiredRunsContainersWhereNothingIsInTheWay() {
        assertThat(Docker.decide("required", Optional::empty).run()).isTrue();
    }

    @Test
    void requiredFailsElsewhereAndSaysWhy() {
        assertThatThrownBy(() -> Docker.decide("required", () -> Optional.of("no engine answers")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("it.docker=required, but no engine answers");
    }

    @Test
    void offDoesNotEvenLookForAnEngine() {
        Docker.Verdict verdict = Docker.decide("off", () -> {
            throw new AssertionError("looked");
        });

        assertThat(verdict.run()).isFalse();
    }

    @Test
    void anyOtherSettingIsRefused() {
        assertThatThrownBy(() -> Docker.decide("on", Optional::empty))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("it.docker 'on' is not auto, required or off");
    }
}
