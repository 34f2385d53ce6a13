package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @Test
    void whatIsEmptyWasNotSaid() {
        Settings nothing = Settings.of(Map.of("target", "", "url", " ", "scale", ""));

        assertThat(nothing.example()).isEmpty();
        assertThat(nothing.target()).isEmpty();
        assertThat(nothing.url()).isEmpty();
        assertThat(nothing.scaled(10_000)).isEqualTo(10_000);
    }

    @Test
    void theScaleScalesCountsButNotToNothing() {
        assertThat(Settings.of(Map.of("scale", "0.02")).scaled(10_000)).isEqualTo(200);
        assertThat(Settings.of(Map.of("scale", "0.02")).scaled(3)).isEqualTo(1);
        assertThat(Settings.of(Map.of("scale", "100")).scaled(Integer.MAX_VALUE))
                .isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "0", "-1", "NaN", "Infinity", "101", "1,5"})
    void aWrongScaleIsACleanComplaint(String scale) {
        assertThatThrownBy(() -> Settings.of(Map.of("scale", scale)).scaled(10))
                .isInstanceOf(Complaint.class)
                .hasMessageContaining("-Dscale: '" + scale + "'");
    }
}
