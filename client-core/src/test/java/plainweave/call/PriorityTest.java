package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriorityTest {
    @Test
    void headStartsAreAsDocumented() {
        assertThat(Priority.URGENT.headStart()).isEqualTo(Duration.ofSeconds(10));
        assertThat(Priority.NORMAL.headStart()).isEqualTo(Duration.ZERO);
        assertThat(Priority.BACKGROUND.headStart()).isEqualTo(Duration.ofSeconds(-10));
        assertThat(Priority.BACKGROUND.headStartNanos()).isEqualTo(-10_000_000_000L);
    }

    @Test
    void aPriorityOfOnesOwnGoesAnywhereBetween() {
        Priority own = Priority.of("own", Duration.ofMillis(1_500));

        assertThat(own.name()).isEqualTo("own");
        assertThat(own.headStartNanos()).isEqualTo(1_500_000_000L);
        assertThat(own).hasToString("own");
        List<Priority> all = new ArrayList<>(List.of(own, Priority.URGENT, Priority.BACKGROUND, Priority.NORMAL));
        Collections.sort(all);
        assertThat(all).containsExactly(Priority.BACKGROUND, Priority.NORMAL, own, Priority.URGENT);
    }

    @Test
    void aNameFromAConfigurationIsOneOfThreeOrIsNamed() {
        assertThat(Priority.named("URGENT")).isSameAs(Priority.URGENT);
        assertThat(Priority.named("background")).isSameAs(Priority.BACKGROUND);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Priority.named("URGNT"))
                .withMessageContaining("no priority 'URGNT'; there are URGENT, NORMAL and BACKGROUND");
    }

    @Test
    void theyAreEqualByNameAndHeadStartAndOrderedAccordingly() {
        Priority other = Priority.of("URGENT", Duration.ofSeconds(10));

        assertThat(other).isEqualTo(Priority.URGENT).hasSameHashCodeAs(Priority.URGENT);
        assertThat(other).isEqualByComparingTo(Priority.URGENT);
        assertThat(Priority.of("URGENT", Duration.ofSeconds(9))).isNotEqualTo(Priority.URGENT);
        Priority twin = Priority.of("URGENT2", Duration.ofSeconds(10));
        assertThat(twin).isNotEqualTo(Priority.URGENT).isGreaterThan(Priority.URGENT);
        assertThat(Priority.URGENT).isNotEqualTo("URGENT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n"})
    void aBlankNameIsNamed(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Priority.of(name, Duration.ZERO))
                .withMessageContaining("name '" + name + "'");
    }

    @Test
    void nullIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Priority.of(null, Duration.ZERO))
                .withMessageContaining("name 'null'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Priority.of("x", null))
                .withMessageContaining("headStart null");
    }

    private static Stream<Duration> tooFar() {
        return Stream.of(
                Duration.ofDays(1).plusNanos(1),
                Duration.ofDays(-1).minusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE));
    }

    @ParameterizedTest
    @MethodSource("tooFar")
    void aHeadStartOfMoreThanADayIsNamed(Duration headStart) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Priority.of("own", headStart))
                .withMessageContaining("headStart " + headStart)
                .withMessageContaining("own");
    }

    @Test
    void aDayEitherWayIsTaken() {
        assertThat(Priority.of("first", Duration.ofDays(1)).headStartNanos()).isEqualTo(86_400_000_000_000L);
        assertThat(Priority.of("last", Duration.ofDays(-1)).headStartNanos()).isEqualTo(-86_400_000_000_000L);
    }
}
