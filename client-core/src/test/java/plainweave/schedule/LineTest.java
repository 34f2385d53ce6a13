package plainweave.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;

/** The rules of the line one by one, as they would be told; {@link LineModelTest} tries them all together. */
class LineTest {
    private static final Endpoint HERE = Endpoint.of("here", 1);
    private static final Endpoint THERE = Endpoint.of("there", 1);
    private static final long FAR = Duration.ofHours(1).toNanos();

    private int permitsPerEndpoint = 1;

    private Line line(int permitsPerEndpoint, int permitsTotal) {
        return line(new PrioritySemaphore.Settings(permitsPerEndpoint, permitsTotal, 100, 100));
    }

    private Line line(PrioritySemaphore.Settings bounds) {
        permitsPerEndpoint = bounds.permitsPerEndpoint();
        return new Line(bounds);
    }

    private Desk desk(Line line, Endpoint endpoint) {
        return line.desk(endpoint, permitsPerEndpoint);
    }

    private static @Nullable Waiter released(Line line, Desk desk, boolean exclusive) {
        line.release(desk, exclusive);
        return line.next(0);
    }

    private Desk granted(Line line, Endpoint endpoint) {
        Desk desk = desk(line, endpoint);
        assertThat(line.tryGrant(desk, Priority.NORMAL, false))
                .as("a permit for %s", endpoint)
                .isTrue();
        return desk;
    }

    private Waiter queued(Line line, Endpoint endpoint, Priority priority, long arrived) {
        Desk desk = desk(line, endpoint);
        assertThat(line.tryGrant(desk, Priority.NORMAL, false))
                .as("a free permit")
                .isFalse();
        long claim = arrived - priority.headStartNanos();
        Waiter waiter = new Waiter(
                new Route(endpoint, ""), priority, false, desk, claim, arrived + FAR, Thread.currentThread());
        assertThat(line.offer(waiter, 0)).isEqualTo(Line.Answer.QUEUED);
        return waiter;
    }

    private Waiter queuedUntil(Line line, Priority priority, long arrived, long deadline, boolean exclusive) {
        long claim = arrived - priority.headStartNanos();
        Desk desk = desk(line, HERE);
        Waiter waiter =
                new Waiter(new Route(HERE, ""), priority, exclusive, desk, claim, deadline, Thread.currentThread());
        assertThat(line.offer(waiter, 0)).isEqualTo(Line.Answer.QUEUED);
        return waiter;
    }

    private static @Nullable Waiter releasedAt(Line line, Desk desk, long now) {
        line.release(desk, false);
        return line.next(now);
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void equalClaimsGoByArrival() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        List<Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiters.add(queued(line, HERE, Priority.NORMAL, 0));
        }

        for (Waiter next : waiters) {
            assertThat(released(line, permit, false)).isSameAs(next);
        }
    }

    @Test
    void aNewcomerNeverPassesAnEligibleWaiterOfEqualClaim() {
        Line line = line(2, 2);
        Desk permit = granted(line, HERE);
        granted(line, THERE);
        Waiter first = queued(line, HERE, Priority.NORMAL, 0);
        Waiter newcomer = queued(line, THERE, Priority.NORMAL, 0);

        assertThat(released(line, permit, false)).isSameAs(first);
        assertThat(line.tryGrant(desk(line, THERE), Priority.NORMAL, false)).isFalse();
        assertThat(released(line, permit, false)).isSameAs(newcomer);
    }

    @Test
    void urgentGoesAheadOfBackgroundThatArrivedLessThanTheDifferenceBefore() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        Waiter urgent = queued(line, HERE, Priority.URGENT, seconds(20) - 1);

        assertThat(released(line, permit, false)).isSameAs(urgent);
        assertThat(released(line, permit, false)).isSameAs(background);
    }

    @Test
    void whoeverWaitedLongerThanTheDifferenceGoesFirst() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        Waiter urgent = queued(line, HERE, Priority.URGENT, seconds(20));

        assertThat(released(line, permit, false)).isSameAs(background);
        assertThat(released(line, permit, false)).isSameAs(urgent);
    }

    @Test
    void nobodyStarvesUnderAnEndlessStreamOfUrgentCallers() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        Waiter heir = null;
        int second = 0;
        while (heir != background) {
            second++;
            queued(line, HERE, Priority.URGENT, seconds(second));
            queued(line, HERE, Priority.URGENT, seconds(second));
            heir = released(line, permit, false);
        }

        // Nineteen seconds' worth of urgent callers have the better claim, and one is served each second.
        assertThat(second).isEqualTo(2 * 19 + 1);
    }

    @Test
    void aHungEndpointHoldsUpNobodyElse() {
        Line line = line(1, 2);
        granted(line, HERE);
        for (int i = 0; i < 10; i++) {
            queued(line, HERE, Priority.URGENT, i);
        }
        Desk permit = granted(line, THERE);
        Waiter behind = queued(line, THERE, Priority.BACKGROUND, 100);

        assertThat(released(line, permit, false)).isSameAs(behind);
        assertThat(released(line, permit, false)).isNull();
        assertThat(line.waiting()).isEqualTo(10);
    }

    @Test
    void aHungEndpointFillsOnlyItsOwnQueue() {
        Line line = line(new PrioritySemaphore.Settings(1, 2, 3, 100));
        granted(line, HERE);
        for (int i = 0; i < 3; i++) {
            queued(line, HERE, Priority.NORMAL, i);
        }
        Desk full = desk(line, HERE);
        Waiter refused = new Waiter(new Route(HERE, ""), Priority.NORMAL, false, full, 0, FAR, Thread.currentThread());
        assertThat(line.offer(refused, 0)).isEqualTo(Line.Answer.ENDPOINT_QUEUE_FULL);

        granted(line, THERE);
        queued(line, THERE, Priority.NORMAL, 0);
    }

    @Test
    void whenTheHeadLeavesTheNextOneIsServed() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter head = queued(line, HERE, Priority.URGENT, 0);
        Waiter next = queued(line, HERE, Priority.NORMAL, 0);

        assertThat(line.cancel(head)).isTrue();
        assertThat(line.cancel(head)).isFalse();
        assertThat(released(line, permit, false)).isSameAs(next);
    }

    @Test
    void whoHasAPermitCannotLeaveTheLineAnyMore() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter heir = queued(line, HERE, Priority.NORMAL, 0);
        assertThat(released(line, permit, false)).isSameAs(heir);

        assertThat(line.cancel(heir)).isFalse();
        assertThat(line.expire(Long.MAX_VALUE / 2)).isEmpty();
        assertThat(line.clear()).isEmpty();
        assertThat(line.out()).isEqualTo(1);
    }

    @Test
    void aDeadlineIsOverAtItsVeryNanosecond() {
        Line line = line(1, 1);
        granted(line, HERE);
        Waiter waiter = queued(line, HERE, Priority.NORMAL, 0);

        assertThat(line.expire(FAR - 1)).isEmpty();
        assertThat(line.expire(FAR)).containsExactly(waiter);
    }

    /** A client that calls ever new endpoints must not grow, whatever its calls are told. */
    @Test
    void aRefusedCallerLeavesNothingBehind() {
        for (PrioritySemaphore.Settings bounds : List.of(
                new PrioritySemaphore.Settings(1, 1, 0, 0),
                new PrioritySemaphore.Settings(1, 1, 0, 5),
                new PrioritySemaphore.Settings(1, 1, 5, 0))) {
            Line line = line(bounds);
            granted(line, HERE);
            for (int port = 1; port <= 50; port++) {
                Endpoint other = Endpoint.of("other", port);
                Desk desk = desk(line, other);
                assertThat(line.tryGrant(desk, Priority.NORMAL, false)).isFalse();
                Waiter waiter =
                        new Waiter(new Route(other, ""), Priority.NORMAL, false, desk, 0, FAR, Thread.currentThread());
                assertThat(line.offer(waiter, 0)).isNotEqualTo(Line.Answer.QUEUED);
            }
            assertThat(line.endpoints()).as("endpoints known with %s", bounds).isEqualTo(1);
        }
    }

    @Test
    void anEndpointWithNoPermitOutAndNoWaiterTakesNoMemory() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter waiter = queued(line, THERE, Priority.NORMAL, 0);
        assertThat(line.endpoints()).isEqualTo(2);

        line.cancel(waiter);
        assertThat(line.endpoints()).isEqualTo(1);
        line.release(permit, false);
        assertThat(line.endpoints()).isZero();
        assertThat(line.existingDesk(HERE)).isNull();
    }

    // Reserved permits

    private static PrioritySemaphore.Settings reserving(int permits, int queue, Map<Priority, Integer> reserved) {
        return new PrioritySemaphore.Settings(permits, permits, queue, queue, reserved, false, null);
    }

    @Test
    void theLastPermitsAreForThePriorityTheyAreKeptForAndThoseAbove() {
        Line line = line(reserving(4, 100, Map.of(Priority.URGENT, 1, Priority.NORMAL, 2)));
        Desk desk = desk(line, HERE);
        assertThat(line.tryGrant(desk, Priority.BACKGROUND, false)).isTrue();
        assertThat(line.tryGrant(desk, Priority.BACKGROUND, false)).isTrue();
        assertThat(line.tryGrant(desk, Priority.BACKGROUND, false)).isFalse();
        assertThat(line.tryGrant(desk, Priority.NORMAL, false)).isTrue();
        assertThat(line.tryGrant(desk, Priority.NORMAL, false)).isFalse();
        assertThat(line.tryGrant(desk, Priority.URGENT, false)).isTrue();
        assertThat(line.tryGrant(desk, Priority.URGENT, false)).isFalse();
    }

    @Test
    void aWaiterBehindAReserveHoldsUpNobodyAboveIt() {
        Line line = line(reserving(2, 100, Map.of(Priority.URGENT, 1)));
        Desk desk = granted(line, HERE);
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        assertThat(line.tryGrant(desk, Priority.URGENT, false)).isTrue();

        assertThat(released(line, desk, false)).as("the one that is kept").isNull();
        assertThat(released(line, desk, false)).as("the one for everybody").isSameAs(background);
    }

    @Test
    void whenTheLimitShrinksOnePermitIsStillForEverybody() {
        Line line = line(reserving(4, 100, Map.of(Priority.URGENT, 3)));
        Desk desk = desk(line, HERE);
        for (int i = 0; i < 4; i++) {
            assertThat(line.tryGrant(desk, Priority.URGENT, false)).isTrue();
        }
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        line.limit(desk, 2);
        for (int i = 0; i < 3; i++) {
            assertThat(released(line, desk, false)).isNull();
        }
        assertThat(released(line, desk, false)).isSameAs(background);
    }

    // Shedding

    @Test
    void aFullQueueShedsTheNewestOfTheLowestPriority() {
        Line line = line(new PrioritySemaphore.Settings(1, 1, 3, 100));
        Desk permit = granted(line, HERE);
        Waiter older = queued(line, HERE, Priority.BACKGROUND, 0);
        Waiter newest = queued(line, HERE, Priority.BACKGROUND, 1);
        Waiter normal = queued(line, HERE, Priority.NORMAL, 2);

        assertThat(queued(line, HERE, Priority.URGENT, 3).displaced).isSameAs(newest);
        assertThat(queued(line, HERE, Priority.URGENT, 4).displaced).isSameAs(older);
        assertThat(queued(line, HERE, Priority.URGENT, 5).displaced).isSameAs(normal);
        Waiter refused =
                new Waiter(new Route(HERE, ""), Priority.URGENT, false, permit, 6, FAR, Thread.currentThread());
        assertThat(line.offer(refused, 0)).as("nobody is lower").isEqualTo(Line.Answer.ENDPOINT_QUEUE_FULL);
        assertThat(refused.displaced).isNull();
        assertThat(line.waiting()).isEqualTo(3);
    }

    @Test
    void aFullClientShedsTheLowestOfAnyEndpoint() {
        Line line = line(new PrioritySemaphore.Settings(1, 2, 3, 3));
        granted(line, HERE);
        granted(line, THERE);
        queued(line, HERE, Priority.NORMAL, 0);
        Waiter there = queued(line, THERE, Priority.BACKGROUND, 1);
        queued(line, HERE, Priority.NORMAL, 2);

        assertThat(queued(line, HERE, Priority.NORMAL, 3).displaced).isSameAs(there);
    }

    /** The desk would go with its last waiter, and the newcomer with it. */
    @Test
    void whoDisplacesTheLastWaiterOfItsEndpointIsStillServed() {
        Line line = line(new PrioritySemaphore.Settings(1, 1, 1, 1));
        Desk permit = granted(line, HERE);
        queued(line, THERE, Priority.BACKGROUND, 0);
        Waiter urgent = queued(line, THERE, Priority.URGENT, 1);

        assertThat(line.existingDesk(THERE)).isSameAs(urgent.desk);
        assertThat(released(line, permit, false)).isSameAs(urgent);
    }

    // Deadlines that cannot be met

    @Test
    void aDeadlineThatCannotBeMetIsRefusedAtOnceAsFastAsTheLineMoves() {
        long each = Duration.ofMillis(10).toNanos();
        Line line = line(new PrioritySemaphore.Settings(1, 1, 100, 100, Map.of(), true, null));
        Desk permit = granted(line, HERE);
        for (int i = 0; i < 60; i++) {
            queued(line, HERE, Priority.NORMAL, 0);
        }
        long now = 0;
        for (int i = 0; i < 40; i++) {
            now += each;
            line.release(permit, false);
            assertThat(line.next(now)).isNotNull();
        }

        assertThat(asked(line, Priority.NORMAL, now, 19 * each)).isEqualTo(Line.Answer.HOPELESS);
        assertThat(asked(line, Priority.URGENT, now, 19 * each))
                .as("it passes them all")
                .isEqualTo(Line.Answer.QUEUED);
        assertThat(asked(line, Priority.NORMAL, now, 22 * each)).isEqualTo(Line.Answer.QUEUED);
    }

    private Line.Answer asked(Line line, Priority priority, long now, long within) {
        Desk desk = desk(line, HERE);
        long claim = now - priority.headStartNanos();
        return line.offer(
                new Waiter(new Route(HERE, ""), priority, false, desk, claim, now + within, Thread.currentThread()),
                now);
    }

    @Test
    void nobodyIsHopelessWhileTheSpeedOfTheLineIsNotKnown() {
        Line line = line(new PrioritySemaphore.Settings(1, 1, 100, 100, Map.of(), true, null));
        granted(line, HERE);
        for (int i = 0; i < 60; i++) {
            assertThat(asked(line, Priority.NORMAL, 0, 1)).isEqualTo(Line.Answer.QUEUED);
        }
    }

    private static final PrioritySemaphore.Settings REFUSES_HOPELESS =
            new PrioritySemaphore.Settings(4, 4, 1_000, 1_000, Map.of(), true, null);

    /** Where its speed keeps everybody away who would have to wait, nobody could find out that it is faster again. */
    @Test
    void aLineThatStoodStillForOnceIsNotHopelessForEver() {
        long each = Duration.ofMillis(1).toNanos();
        Line line = line(REFUSES_HOPELESS);
        Desk desk = desk(line, HERE);
        while (line.tryGrant(desk, Priority.NORMAL, false)) {
            // all of them
        }
        long now = 0;
        int most = 0;
        for (int i = 0; i < 10_000; i++) {
            now += i == 1_000 ? seconds(30) : each;
            line.expire(now);
            line.release(desk, false);
            if (line.next(now) == null) {
                line.tryGrant(desk(line, HERE), Priority.NORMAL, false);
            }
            desk = desk(line, HERE);
            asked(line, Priority.NORMAL, now, 200 * each);
            asked(line, Priority.NORMAL, now, 200 * each);
            most = i < 5_000 ? 0 : Math.max(most, line.waiting());
        }
        assertThat(most).isGreaterThan(100);
    }

    @Test
    void timeInWhichNobodyWaitedIsNoSpeedOfTheLine() {
        long each = Duration.ofMillis(10).toNanos();
        Line line = line(new PrioritySemaphore.Settings(1, 1, 100, 100, Map.of(), true, null));
        Desk permit = granted(line, HERE);
        long now = 0;
        for (int i = 0; i < 2; i++) {
            for (int waiting = 0; waiting < 20; waiting++) {
                asked(line, Priority.NORMAL, now, seconds(3_600));
            }
            for (int served = 0; served < 20; served++) {
                now += each;
                line.release(permit, false);
                assertThat(line.next(now)).isNotNull();
            }
            now += seconds(600);
        }
        for (int waiting = 0; waiting < 10; waiting++) {
            asked(line, Priority.NORMAL, now, seconds(3_600));
        }
        assertThat(asked(line, Priority.NORMAL, now, 15 * each)).isEqualTo(Line.Answer.QUEUED);
    }

    @Test
    void leasesThatWaitForLeasesMakeNoCallHopeless() {
        long each = Duration.ofMillis(100).toNanos();
        Line line = line(REFUSES_HOPELESS);
        Desk desk = desk(line, HERE);
        line.tryGrant(desk, Priority.NORMAL, true);
        line.tryGrant(desk, Priority.NORMAL, true);
        while (line.tryGrant(desk, Priority.NORMAL, false)) {
            // all of them
        }
        for (int i = 0; i < 10; i++) {
            queuedUntil(line, Priority.NORMAL, 0, seconds(3_600), true);
        }
        long now = 0;
        for (int i = 0; i < 20; i++) {
            asked(line, Priority.NORMAL, now, 50 * each);
            asked(line, Priority.NORMAL, now, 50 * each);
            now += each;
            line.release(desk, false);
            line.next(now);
        }
        while (line.next(now) != null || line.waiting() > 10) {
            now += each;
            line.release(desk, false);
            line.next(now);
        }
        assertThat(asked(line, Priority.NORMAL, now, 5 * each)).isEqualTo(Line.Answer.QUEUED);
    }

    @Test
    void aDeadlineThatHasPassedIsNotHopelessButOver() {
        Line line = line(new PrioritySemaphore.Settings(1, 1, 100, 100, Map.of(), true, null));
        granted(line, HERE);
        Desk there = desk(line, THERE);
        Waiter late = new Waiter(new Route(THERE, ""), Priority.NORMAL, false, there, 10, 9, Thread.currentThread());
        assertThat(line.offer(late, 10)).isEqualTo(Line.Answer.QUEUED);
        assertThat(line.expire(10)).containsExactly(late);
        assertThat(line.endpoints()).isOne();
    }

    // Limits that change

    @Test
    void aLimitThatGrowsLetsAsManyGo() {
        Line line = line(1, 10);
        Desk permit = granted(line, HERE);
        Waiter first = queued(line, HERE, Priority.NORMAL, 0);
        Waiter second = queued(line, HERE, Priority.NORMAL, 1);
        queued(line, HERE, Priority.NORMAL, 2);
        line.limit(permit, 3);

        assertThat(line.next(0)).isSameAs(first);
        assertThat(line.next(0)).isSameAs(second);
        assertThat(line.next(0)).isNull();
    }

    @Test
    void aLimitThatShrinksTakesNothingAwayAndGrantsNothingUntilEnoughIsBack() {
        Line line = line(3, 10);
        Desk desk = granted(line, HERE);
        granted(line, HERE);
        granted(line, HERE);
        Waiter waiter = queued(line, HERE, Priority.NORMAL, 0);
        line.limit(desk, 1);

        assertThat(line.out()).isEqualTo(3);
        assertThat(released(line, desk, false)).isNull();
        assertThat(released(line, desk, false)).isNull();
        assertThat(released(line, desk, false)).isSameAs(waiter);
    }

    // Too late

    @Test
    void aPermitIsNotWastedOnWhomTooLittleTimeIsLeftWhileOthersWait() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter late = queuedUntil(line, Priority.NORMAL, 0, 100, false);
        Waiter later = queuedUntil(line, Priority.NORMAL, 1, 109, false);
        Waiter inTime = queuedUntil(line, Priority.NORMAL, 2, 110, false);
        Waiter newer = queuedUntil(line, Priority.NORMAL, 3, 111, false);
        permit.exchanged(10, true);

        assertThat(releasedAt(line, permit, 90)).isSameAs(inTime);
        assertThat(line.sentAway()).containsExactly(late, later);
        assertThat(line.sentAway()).as("told of once").isEmpty();
        assertThat(line.cancel(late)).as("still in line").isFalse();
        assertThat(line.waiting()).isOne();
        assertThat(releasedAt(line, permit, 109))
                .as("nobody else would have the permit")
                .isSameAs(newer);
        assertThat(line.sentAway()).isEmpty();
    }

    @Test
    void itIsNeverTooLateForWhoHasHalfOfItsTimeLeft() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter half = queuedUntil(line, Priority.URGENT, 0, 100, false);
        Waiter less = queuedUntil(line, Priority.URGENT, 0, 98, false);
        Waiter last = queuedUntil(line, Priority.URGENT, 0, 98, false);
        permit.exchanged(1_000, true);

        assertThat(releasedAt(line, permit, 50)).isSameAs(half);
        assertThat(releasedAt(line, permit, 50)).isSameAs(last);
        assertThat(line.sentAway()).containsExactly(less);
    }

    @Test
    void whatAnExchangeTakesFollowsTheCleanOnesAndDoublesWithOneThatWasCut() {
        Desk desk = desk(line(1, 1), HERE);
        desk.exchanged(1_600, false);
        assertThat(tooLateBelow(desk)).as("nothing is known").isZero();
        desk.exchanged(160, true);
        assertThat(tooLateBelow(desk)).isEqualTo(320);
        desk.exchanged(320, true);
        assertThat(tooLateBelow(desk)).isEqualTo(340);
        desk.exchanged(1, false);
        assertThat(tooLateBelow(desk)).as("who fails soon tells nothing").isEqualTo(340);
        desk.exchanged(1_600, false);
        assertThat(tooLateBelow(desk)).isEqualTo(680);
        desk.exchanged(400, false);
        assertThat(tooLateBelow(desk)).isEqualTo(800);
        for (int i = 0; i < 100; i++) {
            desk.exchanged(160, true);
        }
        assertThat(tooLateBelow(desk)).isBetween(320L, 360L);
    }

    private long tooLateBelow(Desk desk) {
        long left = 0;
        while (desk.isTooLateFor(
                new Waiter(
                        new Route(HERE, ""), Priority.NORMAL, false, desk, -seconds(1), left, Thread.currentThread()),
                0)) {
            left++;
        }
        return left;
    }

    @Test
    void aPermitThatWouldBeWastedStaysWithItsPriorityAndItsEndpoint() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter background = queuedUntil(line, Priority.BACKGROUND, 0, seconds(60), false);
        Waiter elsewhere = queued(line, THERE, Priority.URGENT, seconds(20));
        Waiter late = queuedUntil(line, Priority.URGENT, seconds(19), seconds(49), false);
        Waiter inTime = queuedUntil(line, Priority.URGENT, seconds(25), seconds(55), false);
        permit.exchanged(seconds(5), true);

        assertThat(releasedAt(line, permit, seconds(40))).isSameAs(inTime);
        assertThat(line.sentAway()).containsExactly(late);
        assertThat(releasedAt(line, permit, seconds(40)))
                .as("whose turn it would have been")
                .isSameAs(background);
        assertThat(releasedAt(line, permit, seconds(40))).isSameAs(elsewhere);
    }

    /** Four times the load there is, queues longer than the deadline, and one call of half a minute that is cut in the middle of it. */
    @Test
    void oneSlowCallDoesNotStarveItsEndpoint() {
        OverloadedLine calm = new OverloadedLine();
        OverloadedLine hiccup = new OverloadedLine();
        calm.run(false);
        hiccup.run(true);

        assertThat(hiccup.replies(HERE)).isGreaterThan(calm.replies(HERE) * 9 / 10);
        assertThat(hiccup.replies(THERE)).isGreaterThan(calm.replies(THERE) * 9 / 10);
    }

    @Test
    void leasesAreNotSentAwayForTheyLastAsLongAsTheirHoldersLike() {
        Line line = line(2, 2);
        Desk permit = granted(line, HERE);
        granted(line, HERE);
        Waiter late = queuedUntil(line, Priority.NORMAL, 0, 100, true);
        queuedUntil(line, Priority.NORMAL, 1, 200, true);
        permit.exchanged(1_000, true);

        assertThat(releasedAt(line, permit, 99)).isSameAs(late);
    }
}
