package plainweave.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;

/** The rules of the line one by one, as they would be told; {@link LineModelTest} tries them all together. */
class LineTest {
    private static final Endpoint HERE = Endpoint.of("here", 1);
    private static final Endpoint THERE = Endpoint.of("there", 1);
    private static final long FAR = Duration.ofHours(1).toNanos();

    private static Line line(int permitsPerEndpoint, int permitsTotal) {
        return new Line(new PrioritySemaphore.Settings(permitsPerEndpoint, permitsTotal, 100, 100));
    }

    private static Desk granted(Line line, Endpoint endpoint) {
        Desk desk = line.desk(endpoint);
        assertThat(line.tryGrant(desk, false)).as("a permit for %s", endpoint).isTrue();
        return desk;
    }

    private static Waiter queued(Line line, Endpoint endpoint, Priority priority, long arrived) {
        Desk desk = line.desk(endpoint);
        assertThat(line.tryGrant(desk, false)).as("a free permit").isFalse();
        long claim = arrived - priority.headStartNanos();
        Waiter waiter = new Waiter(
                new Route(endpoint, ""), Priority.NORMAL, false, desk, claim, arrived + FAR, Thread.currentThread());
        assertThat(line.offer(waiter)).isEqualTo(Line.Answer.QUEUED);
        return waiter;
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
            assertThat(line.release(permit, false)).isSameAs(next);
        }
    }

    @Test
    void aNewcomerNeverPassesAnEligibleWaiterOfEqualClaim() {
        Line line = line(2, 2);
        Desk permit = granted(line, HERE);
        granted(line, THERE);
        Waiter first = queued(line, HERE, Priority.NORMAL, 0);
        Waiter newcomer = queued(line, THERE, Priority.NORMAL, 0);

        assertThat(line.release(permit, false)).isSameAs(first);
        assertThat(line.tryGrant(line.desk(THERE), false)).isFalse();
        assertThat(line.release(permit, false)).isSameAs(newcomer);
    }

    @Test
    void urgentGoesAheadOfBackgroundThatArrivedLessThanTheDifferenceBefore() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        Waiter urgent = queued(line, HERE, Priority.URGENT, seconds(20) - 1);

        assertThat(line.release(permit, false)).isSameAs(urgent);
        assertThat(line.release(permit, false)).isSameAs(background);
    }

    @Test
    void whoeverWaitedLongerThanTheDifferenceGoesFirst() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter background = queued(line, HERE, Priority.BACKGROUND, 0);
        Waiter urgent = queued(line, HERE, Priority.URGENT, seconds(20));

        assertThat(line.release(permit, false)).isSameAs(background);
        assertThat(line.release(permit, false)).isSameAs(urgent);
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
            heir = line.release(permit, false);
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

        assertThat(line.release(permit, false)).isSameAs(behind);
        assertThat(line.release(permit, false)).isNull();
        assertThat(line.waiting()).isEqualTo(10);
    }

    @Test
    void aHungEndpointFillsOnlyItsOwnQueue() {
        Line line = new Line(new PrioritySemaphore.Settings(1, 2, 3, 100));
        granted(line, HERE);
        for (int i = 0; i < 3; i++) {
            queued(line, HERE, Priority.NORMAL, i);
        }
        Desk full = line.desk(HERE);
        Waiter refused = new Waiter(new Route(HERE, ""), Priority.NORMAL, false, full, 0, FAR, Thread.currentThread());
        assertThat(line.offer(refused)).isEqualTo(Line.Answer.ENDPOINT_QUEUE_FULL);

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
        assertThat(line.release(permit, false)).isSameAs(next);
    }

    @Test
    void whoHasAPermitCannotLeaveTheLineAnyMore() {
        Line line = line(1, 1);
        Desk permit = granted(line, HERE);
        Waiter heir = queued(line, HERE, Priority.NORMAL, 0);
        line.release(permit, false);

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
            Line line = new Line(bounds);
            granted(line, HERE);
            for (int port = 1; port <= 50; port++) {
                Endpoint other = Endpoint.of("other", port);
                Desk desk = line.desk(other);
                assertThat(line.tryGrant(desk, false)).isFalse();
                Waiter waiter =
                        new Waiter(new Route(other, ""), Priority.NORMAL, false, desk, 0, FAR, Thread.currentThread());
                assertThat(line.offer(waiter)).isNotEqualTo(Line.Answer.QUEUED);
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
}
