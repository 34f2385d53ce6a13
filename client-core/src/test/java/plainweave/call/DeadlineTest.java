package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeadlineTest {
    @Test
    void afterCountsFromNow() {
        long before = System.nanoTime();
        Deadline deadline = Deadline.after(Duration.ofSeconds(5));
        long after = System.nanoTime();

        assertThat(deadline.nanoTime() - before).isGreaterThanOrEqualTo(5_000_000_000L);
        assertThat(deadline.nanoTime() - after).isLessThanOrEqualTo(5_000_000_000L);
        assertThat(deadline.remaining()).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(5));
        assertThat(deadline.expired()).isFalse();
    }

    private static Stream<Duration> notPositive() {
        return Stream.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE));
    }

    @ParameterizedTest
    @MethodSource("notPositive")
    void aTimeoutThatIsNotPositiveIsNamed(Duration timeout) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Deadline.after(timeout))
                .withMessage("timeout " + timeout + " is not positive");
    }

    @Test
    void aNullTimeoutIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Deadline.after(null))
                .withMessageContaining("timeout null");
    }

    private static Stream<Duration> veryLong() {
        return Stream.of(
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Duration.ofDays(365_000),
                Duration.ofNanos(Long.MAX_VALUE),
                Duration.ofNanos(Long.MAX_VALUE / 2),
                Duration.ofNanos(Long.MAX_VALUE / 2 + 1));
    }

    @ParameterizedTest
    @MethodSource("veryLong")
    void aTimeoutOfAgesIsFarAwayAndNeverOver(Duration timeout) {
        Deadline deadline = Deadline.after(timeout);

        assertThat(deadline.expired()).isFalse();
        assertThat(deadline.remaining()).isGreaterThan(Duration.ofDays(365 * 145));
        assertThat(deadline.earlier(Deadline.after(Duration.ofSeconds(1)))).isNotSameAs(deadline);
        assertThat(Deadline.at(System.nanoTime() - 1).earlier(deadline)).isNotSameAs(deadline);
    }

    @Test
    void itIsOverAtItsVeryInstant() {
        assertThat(Deadline.at(System.nanoTime()).expired()).isTrue();
        assertThat(Deadline.at(System.nanoTime() - 5_000_000).remaining()).isNegative();
    }

    @Test
    void theEarlierOfTwoIsTheEarlierAlsoWhereTheClockOverflows() {
        Deadline first = Deadline.at(Long.MAX_VALUE - 5);
        Deadline second = Deadline.at(first.nanoTime() + 10);

        assertThat(second.nanoTime()).isNegative();
        assertThat(first.earlier(second)).isSameAs(first);
        assertThat(second.earlier(first)).isSameAs(first);
        assertThat(first.earlier(first)).isSameAs(first);
    }

    @Test
    void theyAreEqualByInstant() {
        assertThat(Deadline.at(-7))
                .isEqualTo(Deadline.at(-7))
                .hasSameHashCodeAs(Deadline.at(-7))
                .isNotEqualTo(Deadline.at(7))
                .isNotEqualTo(-7L);
    }

    @Test
    void itPrintsWhatIsLeft() {
        assertThat(Deadline.after(Duration.ofHours(1)).toString()).matches("in 3(600|59\\d) s");
        assertThat(Deadline.at(System.nanoTime() - 2_000_000_000L).toString()).startsWith("in -2");
    }
}
