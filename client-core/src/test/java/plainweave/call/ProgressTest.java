package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressTest {
    @Test
    void aCallBeginsInTheQueueWithNothingDone() {
        Progress progress = new Progress(100);

        assertThat(progress.phase()).isEqualTo(Phase.QUEUE);
        assertThat(progress.attempts()).isZero();
        assertThat(progress.sent()).isFalse();
        assertThat(progress.reused()).isFalse();
        assertThat(progress.totalNanos()).isZero();
        assertThat(progress).hasToString("QUEUE 0 ns");
    }

    @Test
    void aCopyTellsTheSameAndStays() {
        Progress progress = new Progress(100);
        progress.enter(Phase.WRITE, 103);
        progress.attempt(true);
        progress.markSent();
        progress.finish(110);
        Progress copy = progress.copy();
        progress.resume(Phase.READ, 120);
        progress.attempt(false);
        progress.finish(150);

        assertThat(copy).hasToString("QUEUE 3 ns, WRITE 7 ns");
        assertThat(copy.phase()).isEqualTo(Phase.WRITE);
        assertThat(copy.started()).isEqualTo(100);
        assertThat(copy.totalNanos()).isEqualTo(10);
        assertThat(copy.attempts()).isOne();
        assertThat(copy.reused()).isTrue();
        assertThat(copy.sent()).isTrue();
    }

    /** The scale of nanoTime has no origin and may overflow while a call lasts. */
    @ParameterizedTest
    @ValueSource(longs = {0, -1_000, Long.MAX_VALUE - 50, Long.MIN_VALUE})
    void timeIsCountedByPhase(long start) {
        Progress progress = new Progress(start);
        progress.enter(Phase.DNS, start + 10);
        progress.enter(Phase.CONNECT, start + 30);
        progress.enter(Phase.WRITE, start + 60);
        assertThat(progress.totalNanos())
                .as("until the beginning of the present phase")
                .isEqualTo(60);
        progress.enter(Phase.READ, start + 100);
        progress.finish(start + 150);

        assertThat(progress.nanos(Phase.QUEUE)).isEqualTo(10);
        assertThat(progress.nanos(Phase.DNS)).isEqualTo(20);
        assertThat(progress.nanos(Phase.CONNECT)).isEqualTo(30);
        assertThat(progress.nanos(Phase.TLS)).isZero();
        assertThat(progress.nanos(Phase.OPEN)).isZero();
        assertThat(progress.nanos(Phase.WRITE)).isEqualTo(40);
        assertThat(progress.nanos(Phase.READ)).isEqualTo(50);
        assertThat(progress.totalNanos()).isEqualTo(150);
        assertThat(progress.phase()).as("the phase it ended in").isEqualTo(Phase.READ);
    }

    @Test
    void aPhaseEnteredAgainAddsUp() {
        Progress progress = new Progress(0);
        progress.enter(Phase.WRITE, 5);
        progress.enter(Phase.READ, 10);
        progress.enter(Phase.CONNECT, 20);
        progress.enter(Phase.WRITE, 50);
        progress.enter(Phase.READ, 70);
        progress.finish(100);

        assertThat(progress.nanos(Phase.WRITE)).isEqualTo(25);
        assertThat(progress.nanos(Phase.READ)).isEqualTo(40);
    }

    @Test
    void theCallersOwnTimeCountsForNoPhase() {
        Progress progress = new Progress(0);
        progress.enter(Phase.READ, 10);
        progress.finish(20);
        progress.resume(Phase.WRITE, 1_000);
        progress.finish(1_005);

        assertThat(progress.nanos(Phase.READ)).isEqualTo(10);
        assertThat(progress.nanos(Phase.WRITE)).isEqualTo(5);
        assertThat(progress.totalNanos()).as("but for the whole").isEqualTo(1_005);
    }

    @Test
    void itRemembersTheLastAttempt() {
        Progress progress = new Progress(0);
        progress.attempt(true);
        assertThat(progress.reused()).isTrue();
        progress.markSent();
        progress.attempt(false);

        assertThat(progress.attempts()).isEqualTo(2);
        assertThat(progress.reused()).isFalse();
        assertThat(progress.sent()).as("what was sent stays sent").isTrue();
    }

    @Test
    void itPrintsThePhasesThatTookTimeAndTheOneItIsIn() {
        Progress progress = new Progress(0);
        progress.enter(Phase.CONNECT, 1_200_000_000);
        progress.enter(Phase.WRITE, 1_500_000_000);

        assertThat(progress).hasToString("QUEUE 1.20 s, CONNECT 300 ms, WRITE 0 ns");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 ns",
        "1, 1 ns",
        "850, 850 ns",
        "999, 999 ns",
        "1000, 1.00 µs",
        "1234, 1.23 µs",
        "9994, 9.99 µs",
        "9995, 10.0 µs",
        "99949, 99.9 µs",
        "99950, 100 µs",
        "999499, 999 µs",
        "999500, 1.00 ms",
        "12300000, 12.3 ms",
        "300000000, 300 ms",
        "999499999, 999 ms",
        "1200000000, 1.20 s",
        "1800000000000, 1800 s",
        "-1200000, -1.20 ms",
        "9223372036854775807, 9223372037 s",
        "-9223372036854775808, -9223372037 s"
    })
    void aDurationIsSaidWithThreeDigits(long nanos, String words) {
        assertThat(Progress.inWords(nanos)).isEqualTo(words);
    }
}
