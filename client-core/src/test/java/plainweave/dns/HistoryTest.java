package plainweave.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final InetAddress ONE = Addresses.address("10.0.0.1");
    private static final InetAddress TWO = Addresses.address("10.0.0.2");
    private static final InetAddress THREE = Addresses.address("10.0.0.3");

    /** After one, an absence, and one again. */
    private static final History ROTATING =
            History.NONE.after(List.of(ONE)).after(List.of(TWO)).after(List.of(ONE));

    private static History times(int answers, History history, InetAddress... answer) {
        History then = history;
        for (int i = 0; i < answers; i++) {
            then = then.after(List.of(answer));
        }
        return then;
    }

    @Test
    void anAddressIsGoneOnceTwoAnswersInARowAreWithoutIt() {
        History both = History.NONE.after(List.of(ONE, TWO));
        assertThat(both.gone()).isEmpty();
        assertThat(times(1, both, TWO).gone()).isEmpty();
        assertThat(times(2, both, TWO).gone()).containsExactly(ONE);
        assertThat(times(3, both, TWO).gone()).containsExactly(ONE);
    }

    @Test
    void absencesThatAreNotInARowDoNotAddUp() {
        History history = ROTATING;
        for (int i = 0; i < 50; i++) {
            history = times(15, history, TWO);
            assertThat(history.gone()).doesNotContain(ONE);
            history = history.after(List.of(ONE));
            assertThat(history.gone()).isEmpty();
        }
    }

    @Test
    void aNameThatFailedOverAndBackIsFollowedAfterTwoAnswersAgainOnceThatIsLongAgo() {
        assertThat(times(2, times(61, ROTATING, ONE), THREE).gone()).doesNotContain(ONE);
        assertThat(times(2, times(62, ROTATING, ONE), THREE).gone()).contains(ONE);
    }

    @Test
    void sixteenInARowAreNeededOnceAnAddressHasComeBack() {
        assertThat(times(15, ROTATING, TWO).gone()).isEmpty();
        assertThat(times(16, ROTATING, TWO).gone()).containsExactly(ONE);
    }

    @Test
    void aNameThatRotatesDoesSoForAllItsAddresses() {
        History three = ROTATING.after(List.of(THREE));
        assertThat(times(15, three, ONE, TWO).gone()).isEmpty();
        assertThat(times(16, three, ONE, TWO).gone()).containsExactly(THREE);
    }

    @Test
    void whatWasGoneIsNotOnceTheNameTurnsOutToRotate() {
        History history = times(3, History.NONE.after(List.of(ONE, THREE)), TWO);
        assertThat(history.gone()).containsExactlyInAnyOrder(ONE, THREE);
        assertThat(history.after(List.of(ONE)).gone()).isEmpty();
    }

    @Test
    void anAddressIsForgottenAfter64AnswersWithoutIt() {
        History one = History.NONE.after(List.of(ONE));
        History remembered = times(64, one, TWO);
        assertThat(remembered.gone()).containsExactly(ONE);
        assertThat(remembered.grownBy(List.of(ONE))).isFalse();
        History forgotten = times(65, one, TWO);
        assertThat(forgotten.gone()).isEmpty();
        assertThat(forgotten.grownBy(List.of(ONE))).isTrue();
        // Its coming back is then none: two absences are still enough.
        assertThat(times(2, forgotten.after(List.of(ONE, TWO)), TWO).gone()).containsExactly(ONE);
    }

    @Test
    void aNameGrowsByAnAddressThatItDidNotHave() {
        History history = History.NONE.after(List.of(ONE, TWO));
        assertThat(history.grownBy(List.of(ONE))).isFalse();
        assertThat(history.grownBy(List.of(TWO, ONE))).isFalse();
        assertThat(history.grownBy(List.of(THREE))).isTrue();
        assertThat(history.grownBy(List.of(ONE, TWO, THREE))).isTrue();
    }

    @Test
    void theFirstAnswerIsNoGrowth() {
        assertThat(History.NONE.grownBy(List.of(ONE))).isFalse();
    }

    @Test
    void oneOfEightInTurnLosesNoneOnceItIsKnownToRotate() {
        History history = History.NONE;
        for (int i = 0; i < 1_000; i++) {
            history = history.after(List.of(Addresses.address("10.0.0." + (1 + i % 8))));
            if (i >= 8) {
                assertThat(history.gone()).as("after answer %d", i).isEmpty();
            }
        }
    }

    @Test
    void aHistoryDoesNotChange() {
        History before = History.NONE.after(List.of(ONE));
        times(5, before, TWO);
        assertThat(before.gone()).isEmpty();
        assertThat(before.grownBy(List.of(TWO))).isTrue();
    }
}
