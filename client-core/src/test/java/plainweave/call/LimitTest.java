package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {
    private static final long MILLI = 1_000_000L;

    /** What latency is without a queue. */
    private static final long BASE = 5 * MILLI;

    private static final int ROUND_TRIPS = 16;

    private final Limit limit = Limit.aimd(256);
    private long now;

    /** One round in which all permits were in use and every exchange took as long. */
    private void round(long latency) {
        round(latency, limit.permits(), 0);
    }

    private void round(long latency, int inFlight, int losses) {
        int permits = limit.permits();
        for (int i = 0; i < ROUND_TRIPS * permits; i++) {
            now += latency / permits;
            limit.ended(now, latency, inFlight, i < losses);
        }
    }

    /** So that every exchange of the next round begins after the last. */
    private void letThoseInFlightEnd() {
        now += 1000 * MILLI;
    }

    private void decrease(long latency) {
        round(latency);
        round(latency);
        letThoseInFlightEnd();
    }

    private void drain(long latency) {
        round(latency);
        round(latency);
        round(latency);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void aLimitBelowOneIsRefused(int permits) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.fixed(permits))
                .withMessage("limit of " + permits + " permits: an endpoint needs at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Limit.aimd(permits))
                .withMessage("limit of at most " + permits + " permits: an endpoint needs at least 1");
    }

    @Test
    void aFixedLimitStaysAsItIs() {
        Limit fixed = Limit.fixed(7);
        for (int i = 0; i < 1000; i++) {
            fixed.ended(i, 1000 * MILLI, 7, i % 2 == 0);
        }

        assertThat(fixed.permits()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "32, 16", "40, 20", "256, 20", "2147483647, 20"})
    void itBeginsWithHalfOfTheMostOrWithTwenty(int most, int first) {
        assertThat(Limit.aimd(most).permits()).isEqualTo(first);
    }

    @Test
    void itGrowsByOneAndATwentiethARound() {
        round(BASE);
        assertThat(limit.permits()).isEqualTo(22);
        round(BASE);
        assertThat(limit.permits()).isEqualTo(24);
    }

    @Test
    void aRoundIsSixteenExchangesForEachPermit() {
        for (int i = 1; i < ROUND_TRIPS * 20; i++) {
            limit.ended(now, BASE, 20, false);
        }
        assertThat(limit.permits()).isEqualTo(20);
        limit.ended(now, BASE, 20, false);
        assertThat(limit.permits()).isEqualTo(22);
    }

    @Test
    void itNeverGrowsBeyondTheMost() {
        for (int i = 0; i < 100; i++) {
            round(BASE);
        }

        assertThat(limit.permits()).isEqualTo(256);
    }

    @Test
    void itDoesNotGrowWhileNotAllPermitsAreUsed() {
        for (int i = 0; i < 100; i++) {
            round(BASE, 19, 0);
        }
        assertThat(limit.permits()).isEqualTo(20);
        limit.ended(now, BASE, 20, false);
        round(BASE, 19, 0);
        assertThat(limit.permits()).isEqualTo(22);
    }

    @Test
    void latencyOfHalfAsMuchAgainIsNoQueueYet() {
        round(BASE);
        while (limit.permits() < 256) {
            int before = limit.permits();
            round(BASE * 3 / 2);
            assertThat(limit.permits()).isGreaterThan(before);
        }
    }

    @Test
    void afterARoundOfTooMuchLatencyOthersHaveOneRoundToSeeItToo() {
        round(BASE);
        round(2 * BASE);
        assertThat(limit.permits()).isEqualTo(24);
        round(2 * BASE);
        assertThat(limit.permits())
                .as("three quarters of the half that was being served")
                .isEqualTo(9);
    }

    @Test
    void whenTheQueueIsDrainedItReturnsToWhatWasBeingServed() {
        round(BASE);
        decrease(2 * BASE);
        drain(BASE);
        assertThat(limit.permits()).isEqualTo(12);
        round(BASE);
        assertThat(limit.permits()).as("and grows again").isEqualTo(14);
    }

    @Test
    void theLowestLatencyOfADecreaseIsThatWithoutAQueue() {
        round(BASE);
        decrease(2 * BASE);
        round(2 * BASE);
        round(BASE);
        round(BASE * 12 / 10);

        assertThat(limit.permits()).isEqualTo(12);
    }

    @Test
    void whereADecreaseDoesNotHelpLatencyIsTheServersOwn() {
        round(BASE);
        decrease(2 * BASE);
        drain(2 * BASE);
        assertThat(limit.permits()).isEqualTo(24);

        for (int i = 0; i < 100; i++) {
            round(3 * BASE);
        }
        assertThat(limit.permits()).isEqualTo(256);
    }

    @Test
    void aServerThatBecomesQuickerIsNoticedAtOnce() {
        round(BASE * 12 / 10);
        round(BASE);
        int grown = limit.permits();
        decrease(BASE * 18 / 10);

        assertThat(limit.permits()).isLessThan(grown * 3 / 4);
    }

    @Test
    void exchangesThatBeganBeforeADecreaseDoNotLeadToAnother() {
        round(BASE);
        round(4 * BASE);
        round(4 * BASE);
        int decreased = limit.permits();
        for (int i = 0; i < 10_000; i++) {
            limit.ended(now + BASE, 2 * BASE, 20, i % 2 == 0);
        }

        assertThat(limit.permits()).isEqualTo(decreased);
    }

    @Test
    void whenOthersMakeLatencyFallItJoinsThem() {
        round(BASE);
        round(BASE * 3 / 2);
        int grown = limit.permits();
        round(BASE);

        assertThat(limit.permits()).isLessThan(grown * 3 / 4);
    }

    @Test
    void aFewVerySlowExchangesAreNoQueue() {
        round(BASE);
        for (int i = 0; i < 100; i++) {
            for (int slow = 0; slow < limit.permits(); slow++) {
                limit.ended(now, 1000 * BASE, limit.permits(), false);
            }
            round(BASE);
        }

        assertThat(limit.permits()).isEqualTo(256);
    }

    @Test
    void aFewLossesAreNoSignOfTooMuch() {
        for (int i = 0; i < 100; i++) {
            round(BASE, limit.permits(), limit.permits() / 2);
        }

        assertThat(limit.permits()).isEqualTo(256);
    }

    @Test
    void moreThanThreeInAHundredLostAreTooManyEvenWithoutLatency() {
        round(BASE);
        round(BASE, 22, 12);
        round(BASE, 24, 13);
        assertThat(limit.permits()).isLessThan(15);
        letThoseInFlightEnd();
        drain(BASE);
        assertThat(limit.permits()).as("three quarters").isEqualTo(18);
    }

    @Test
    void itGoesDownToOneWhileEverythingIsLostAndComesBack() {
        for (int i = 0; i < 100; i++) {
            letThoseInFlightEnd();
            round(BASE, limit.permits(), Integer.MAX_VALUE);
        }
        assertThat(limit.permits()).isEqualTo(1);

        for (int i = 0; i < 100; i++) {
            round(BASE);
        }
        assertThat(limit.permits()).isEqualTo(256);
    }

    @Test
    void whatWasKnownOfLatencyOutlastsALossOfEverything() {
        round(BASE);
        round(BASE, 22, 22);
        round(BASE, 24, 24);
        letThoseInFlightEnd();
        for (int i = 0; i < 3; i++) {
            round(BASE, limit.permits(), Integer.MAX_VALUE);
        }
        int left = limit.permits();
        decrease(2 * BASE);

        assertThat(limit.permits()).isLessThan(left / 2);
    }

    @Test
    void theClockMayHaveAnyOrigin() {
        for (int i = 0; i < 40; i++) {
            assertThat(course(Long.MAX_VALUE - i * 50 * MILLI)).isEqualTo(course(0));
        }
        assertThat(course(-1000 * MILLI)).isEqualTo(course(0));
    }

    private static List<Integer> course(long origin) {
        Limit limit = Limit.aimd(64);
        Random random = new Random(1);
        List<Integer> course = new ArrayList<>();
        long now = origin;
        for (int i = 0; i < 20_000; i++) {
            now += MILLI / 10;
            limit.ended(now, (1 + i / 4_000) * BASE + random.nextLong(BASE), limit.permits(), random.nextInt(50) == 0);
            course.add(limit.permits());
        }
        return course;
    }

    @Test
    void whateverEndsItStaysBetweenOneAndTheMost() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int most = 1 + random.nextInt(100);
            Limit any = Limit.aimd(most);
            long latency = 1;
            for (int i = 0; i < 5_000; i++) {
                if (random.nextInt(500) == 0) {
                    latency = random.nextInt(4) == 0 ? 0 : random.nextLong(1L << random.nextInt(1, 62));
                }
                now += random.nextLong(MILLI);
                any.ended(now, latency, random.nextInt(2 * most + 1), random.nextInt(1 + seed % 8) > 3);
                assertThat(any.permits()).isBetween(1, most);
            }
        }
    }
}
