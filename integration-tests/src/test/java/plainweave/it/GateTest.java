package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class GateTest {
    private static Gate.Verdict decide(String setting, Supplier<Optional<String>> obstacle) {
        return Gate.decide("it.docker", setting, "an engine answers", obstacle);
    }

    @Test
    void autoRunsTestsWhereNothingIsInTheWay() {
        assertThat(decide("auto", Optional::empty).run()).isTrue();
    }

    @Test
    void autoSkipsThemElsewhereAndSaysWhy() {
        Gate.Verdict verdict = decide("auto", () -> Optional.of("no engine answers"));

        assertThat(verdict.run()).isFalse();
        assertThat(verdict.reason()).startsWith("no engine answers").contains("it.docker=required");
    }

    @Test
    void requiredRunsTestsWhereNothingIsInTheWay() {
        assertThat(decide("required", Optional::empty).run()).isTrue();
    }

    @Test
    void requiredFailsElsewhereAndSaysWhy() {
        assertThatThrownBy(() -> decide("required", () -> Optional.of("no engine answers")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("it.docker=required, but no engine answers");
    }

    @Test
    void offDoesNotEvenLook() {
        Gate.Verdict verdict = decide("off", () -> {
            throw new AssertionError("looked");
        });

        assertThat(verdict.run()).isFalse();
    }

    @Test
    void anyOtherSettingIsRefused() {
        assertThatThrownBy(() -> decide("on", Optional::empty))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("it.docker 'on' is not auto, required or off");
    }
}
