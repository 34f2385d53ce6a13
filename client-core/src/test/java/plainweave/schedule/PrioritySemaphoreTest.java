package plainweave.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.time.Await;
import plainweave.time.Watchdog;

class PrioritySemaphoreTest {
    private static final Endpoint HERE = Endpoint.of("here", 1);
    private static final Endpoint THERE = Endpoint.of("there", 1);
    private static final Route ROUTE = new Route(HERE, "session");
    private static final Route OTHER_SESSION = new Route(HERE, "another session");
    private static final Route ELSEWHERE = new Route(THERE, "session");

    // What a broken store throws is logged; held here, because loggers are collected with their level.
    private static final Logger QUIET = Logger.getLogger(PrioritySemaphore.class.getName());

    private final Watchdog watchdog = new Watchdog("semaphore-test-watchdog");
    private final List<PrioritySemaphore> made = new ArrayList<>();

    @BeforeAll
    static void expectFailuresInTheLog() {
        QUIET.setLevel(Level.OFF);
    }

    @AfterAll
    static void expectThemNoMore() {
        QUIET.setLevel(null);
    }

    private PrioritySemaphore semaphore(
            int permitsPerEndpoint, int permitsTotal, int queuePerEndpoint, int queueTotal) {
        PrioritySemaphore semaphore = new PrioritySemaphore(
                new PrioritySemaphore.Settings(permitsPerEndpoint, permitsTotal, queuePerEndpoint, queueTotal),
                watchdog);
        made.add(semaphore);
        return semaphore;
    }

    private PrioritySemaphore semaphore(int permits) {
        return semaphore(permits, permits, 1_000, 1_000);
    }

    private static Deadline later() {
        return Deadline.after(Duration.ofMinutes(1));
    }

    private static Deadline passed() {
        return Deadline.at(System.nanoTime() - 1);
    }

    private static Permit acquire(PrioritySemaphore semaphore) throws Exception {
        return semaphore.acquire(ROUTE, Priority.NORMAL, false, later());
    }

    private static Caller inLine(ThreadKind kind, PrioritySemaphore semaphore) {
        return Caller.inLine(kind, semaphore, ROUTE, Priority.NORMAL, later());
    }

    @AfterEach
    void everyPermitIsBackAndNothingIsLeft() {
        for (PrioritySemaphore semaphore : made) {
            PrioritySemaphore.Counts counts = semaphore.counts();
            assertThat(counts.out()).as("permits out").isZero();
            assertThat(counts.waiting()).as("callers waiting").isZero();
            assertThat(counts.endpoints()).as("endpoints known").isZero();
            semaphore.close();
        }
        assertThat(watchdog.timers()).as("timers").isZero();
        watchdog.close();
    }

    // Grants

    @Test
    void aFreePermitIsGrantedAtOnceWhateverTheDeadline() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        try (Permit permit = semaphore.acquire(ROUTE, Priority.BACKGROUND, false, passed())) {
            assertThat(permit.takeSlot()).isNull();
            assertThat(semaphore.counts()).isEqualTo(new PrioritySemaphore.Counts(1, 1, 0, 1, 0, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void permitsAreGrantedInOrderOfClaim(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Caller background = Caller.inLine(kind, semaphore, ROUTE, Priority.BACKGROUND, later());
        Caller normal = Caller.inLine(kind, semaphore, ROUTE, Priority.NORMAL, later());
        Caller laterNormal = Caller.inLine(kind, semaphore, ELSEWHERE, Priority.NORMAL, later());
        Caller urgent = Caller.inLine(kind, semaphore, ROUTE, Priority.URGENT, later());
        Caller own = Caller.inLine(kind, semaphore, ROUTE, Priority.of("own", Duration.ofSeconds(5)), later());

        List<Caller> left = new ArrayList<>(List.of(urgent, own, normal, laterNormal, background));
        while (!left.isEmpty()) {
            permit.close();
            permit = left.remove(0).permit();
            assertThat(left).as("those with a later claim").noneMatch(Caller::done);
            assertThat(semaphore.counts().out()).isEqualTo(1);
        }
        permit.close();
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void aNewcomerNeverPassesAnEligibleWaiterOfEqualClaim(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Caller waiter = inLine(kind, semaphore);

        permit.close();
        // The permit is the waiter's from that moment, whether it has woken or not.
        assertThatThrownBy(() -> semaphore.acquire(ROUTE, Priority.NORMAL, false, passed()))
                .isInstanceOf(TimeoutException.class);
        waiter.permit().close();
    }

    @Test
    void aHungEndpointHoldsUpNobodyElse() throws Exception {
        PrioritySemaphore semaphore = semaphore(1, 2, 1_000, 1_000);
        Permit hung = semaphore.acquire(ELSEWHERE, Priority.NORMAL, false, later());
        List<Caller> behindIt = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            behindIt.add(Caller.inLine(ThreadKind.VIRTUAL, semaphore, ELSEWHERE, Priority.URGENT, later()));
        }
        for (int i = 0; i < 100; i++) {
            semaphore.acquire(ROUTE, Priority.BACKGROUND, false, passed()).close();
        }
        assertThat(semaphore.counts(THERE)).isEqualTo(new PrioritySemaphore.EndpointCounts(1, 1, 20));
        assertThat(semaphore.counts(HERE)).isEqualTo(new PrioritySemaphore.EndpointCounts(0, 1, 0));

        hung.close();
        for (Caller caller : behindIt) {
            caller.permit().close();
        }
    }

    @Test
    void aPermitClosedTwiceComesBackOnce() throws Exception {
        PrioritySemaphore semaphore = semaphore(2);
        Permit kept = acquire(semaphore);
        Permit twice = acquire(semaphore);

        twice.close();
        twice.close();
        assertThat(semaphore.counts().out()).isEqualTo(1);
        kept.close();
    }

    @Test
    void aPermitMayBeGivenBackByAnotherThread() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Await.ended(Thread.startVirtualThread(permit::close));

        assertThat(semaphore.counts().out()).isZero();
    }

    @Test
    void highWaterMarksStayWhenTheTideIsOut() throws Exception {
        PrioritySemaphore semaphore = semaphore(2);
        Permit first = acquire(semaphore);
        Permit second = acquire(semaphore);
        List<Caller> waiters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiters.add(inLine(ThreadKind.VIRTUAL, semaphore));
        }
        first.close();
        second.close();
        for (Caller waiter : waiters) {
            waiter.permit().close();
        }

        assertThat(semaphore.counts()).isEqualTo(new PrioritySemaphore.Counts(0, 2, 0, 2, 3, 0));
    }

    @Test
    void whoWaitsIsCountedByPriorityOverAllEndpointsAndForEitherKindOfPermit() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        assertThat(semaphore.waitingByPriority()).isEmpty();
        List<Caller> waiters = List.of(
                Caller.inLine(ThreadKind.VIRTUAL, semaphore, ROUTE, Priority.NORMAL, later()),
                Caller.inLine(ThreadKind.VIRTUAL, semaphore, ROUTE, Priority.NORMAL, true, later()),
                Caller.inLine(ThreadKind.VIRTUAL, semaphore, ELSEWHERE, Priority.NORMAL, later()),
                Caller.inLine(ThreadKind.VIRTUAL, semaphore, ELSEWHERE, Priority.BACKGROUND, later()));

        assertThat(semaphore.waitingByPriority()).isEqualTo(Map.of(Priority.NORMAL, 3, Priority.BACKGROUND, 1));

        permit.close();
        for (Caller waiter : waiters) {
            waiter.permit().close();
        }
        assertThat(semaphore.waitingByPriority()).isEmpty();
    }

    // Leases

    private static Permit lease(PrioritySemaphore semaphore) throws Exception {
        return semaphore.acquire(ROUTE, Priority.NORMAL, true, passed());
    }

    @Test
    void atMostHalfOfAnEndpointsPermitsAreLeases() throws Exception {
        for (int permits = 1; permits <= 5; permits++) {
            PrioritySemaphore semaphore = semaphore(permits);
            List<Permit> out = new ArrayList<>();
            for (int i = 0; i < Math.max(1, permits / 2); i++) {
                out.add(lease(semaphore));
            }
            assertThatThrownBy(() -> lease(semaphore)).isInstanceOf(TimeoutException.class);
            while (out.size() < permits) {
                out.add(acquire(semaphore));
            }
            out.forEach(Permit::close);
        }
    }

    @Test
    void aLeaseThatMayNotStartYetIsPassedByCallsAndStartsWhenALeaseIsBack() throws Exception {
        PrioritySemaphore semaphore = semaphore(2);
        Permit lease = lease(semaphore);
        Permit call = acquire(semaphore);
        Caller waitingLease = Caller.inLine(ThreadKind.VIRTUAL, semaphore, ROUTE, Priority.URGENT, true, later());
        Caller waitingCall = inLine(ThreadKind.VIRTUAL, semaphore);

        call.close();
        Permit next = waitingCall.permit();
        next.close();
        acquire(semaphore).close();
        assertThat(waitingLease.done()).isFalse();
        lease.close();
        waitingLease.permit().close();
    }

    @Test
    void whereOnlyLeasesWaitThatMayNotStartTheConnectionIsStoredBeforeItsPermitIsFree() throws Exception {
        PrioritySemaphore semaphore = semaphore(2);
        Permit lease = lease(semaphore);
        Permit call = acquire(semaphore);
        Caller waitingLease = Caller.inLine(ThreadKind.VIRTUAL, semaphore, ROUTE, Priority.NORMAL, true, later());
        Kept kept = new Kept(semaphore, ROUTE);
        call.leave(kept);
        call.close();

        assertThat(kept.whenStored)
                .singleElement()
                .satisfies(counts -> assertThat(counts.out())
                        .as("permits out while the connection was stored")
                        .isEqualTo(2));
        Kept handedOn = new Kept(semaphore, ROUTE);
        lease.leave(handedOn);
        lease.close();
        Permit next = waitingLease.permit();
        assertThat(next.takeSlot()).isSameAs(handedOn);
        next.close();
    }

    // Interrupts

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void anInterruptEndsAWaitAndLeavesThePermitToOthers(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Caller interrupted = inLine(kind, semaphore);
        Caller patient = inLine(kind, semaphore);

        interrupted.interrupt();
        assertThat(interrupted.failure()).isInstanceOf(InterruptedException.class);
        assertThat(interrupted.interruptedAfterwards()).as("the interrupt flag").isFalse();
        assertThat(semaphore.counts().waiting()).isEqualTo(1);
        permit.close();
        patient.permit().close();
    }

    @Test
    void anInterruptOnEntryIsToldWhetherAPermitIsFreeOrNot() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> acquire(semaphore)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).as("the interrupt flag").isFalse();

        Permit permit = acquire(semaphore);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> acquire(semaphore)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).as("the interrupt flag").isFalse();
        permit.close();
    }

    /** Either it is told of the interrupt and the permit goes on, or it has the permit: never half of each. */
    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void whenInterruptAndGrantRaceNeitherIsLost(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        int granted = 0;
        int interrupted = 0;
        int rounds = kind == ThreadKind.VIRTUAL ? 3_000 : 1_000;
        for (int round = 0; round < rounds; round++) {
            Permit permit = acquire(semaphore);
            Caller caller = Caller.start(kind, semaphore, ROUTE, Priority.NORMAL, later());
            Await.until("it waits", () -> semaphore.counts().waiting() == 1);
            CountDownLatch go = new CountDownLatch(1);
            Thread interrupter = Thread.startVirtualThread(() -> {
                awaitQuietly(go);
                caller.interrupt();
            });
            go.countDown();
            if (round % 2 == 0) {
                Thread.yield();
            }
            permit.close();
            Await.ended(interrupter);
            try {
                Permit got = caller.permit();
                granted++;
                assertThat(semaphore.counts().out()).isEqualTo(1);
                got.close();
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(InterruptedException.class);
                assertThat(caller.interruptedAfterwards())
                        .as("the interrupt flag")
                        .isFalse();
                interrupted++;
            }
            assertThat(semaphore.counts().out())
                    .as("permits out after round %s", round)
                    .isZero();
        }
        assertThat(granted + interrupted).isEqualTo(rounds);
    }

    /**
     * The interrupted waiter asks for the lock to leave the line, and waiting for a lock parks and unparks the same
     * thread as waiting for a permit does: the wake-up that comes with the permit must not get lost in it.
     */
    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void aWaiterWhoseInterruptMeetsABusyLockIsStillWoken(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        AtomicBoolean busy = new AtomicBoolean(true);
        List<Thread> nosy = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            nosy.add(Thread.ofPlatform().daemon().start(() -> {
                while (busy.get()) {
                    semaphore.counts();
                }
            }));
        }
        try {
            for (int round = 0; round < 1_000; round++) {
                Permit permit = acquire(semaphore);
                Caller caller = Caller.start(kind, semaphore, ROUTE, Priority.NORMAL, later());
                Await.until("it waits", () -> semaphore.counts().waiting() == 1);
                caller.interrupt();
                permit.close();
                try {
                    caller.permit().close();
                } catch (ExecutionException e) {
                    assertThat(e).hasCauseInstanceOf(InterruptedException.class);
                }
            }
        } finally {
            busy.set(false);
            for (Thread thread : nosy) {
                Await.ended(thread);
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // Deadlines

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void aDeadlineEndsAWaitNotBeforeAndSoonAfter(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Await.within(Duration.ofMillis(50), () -> {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            AtomicReference<Long> end = new AtomicReference<>();
            long deadline = System.nanoTime() + 30_000_000;
            Await.Control control = Await.control(deadline);
            Await.ended(kind.start(() -> {
                try {
                    semaphore.acquire(ROUTE, Priority.NORMAL, false, Deadline.at(deadline));
                } catch (Exception e) {
                    failure.set(e);
                }
                end.set(System.nanoTime());
            }));
            assertThat(failure.get()).isInstanceOf(TimeoutException.class).hasMessage("behind 0 others");
            long late = end.get() - deadline;
            assertThat(late).as("nanoseconds after the deadline").isNotNegative();
            return late - control.late();
        });
        assertThat(semaphore.counts().waiting()).isZero();
        permit.close();
    }

    @Test
    void aDeadlineThatHasPassedWaitsForNobody() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);

        assertThatThrownBy(() -> semaphore.acquire(ROUTE, Priority.URGENT, false, passed()))
                .isInstanceOf(TimeoutException.class);
        permit.close();
    }

    @Test
    void deadlinesEndWaitsInTheirOwnOrderHoweverTheyCame() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Caller patient = inLine(ThreadKind.VIRTUAL, semaphore);
        List<Caller> impatient = new ArrayList<>();
        for (int millis : List.of(60, 20, 40, 1, 30)) {
            Deadline soon = Deadline.after(Duration.ofMillis(millis));
            impatient.add(Caller.start(ThreadKind.VIRTUAL, semaphore, ROUTE, Priority.URGENT, soon));
        }
        for (Caller caller : impatient) {
            assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        }
        assertThat(patient.done()).isFalse();
        permit.close();
        patient.permit().close();
    }

    @Test
    void aTimeoutSaysBehindHowManyItStood() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Caller one = inLine(ThreadKind.VIRTUAL, semaphore);
        Caller two = inLine(ThreadKind.VIRTUAL, semaphore);

        assertThatThrownBy(() -> semaphore.acquire(ROUTE, Priority.URGENT, false, passed()))
                .isInstanceOf(TimeoutException.class)
                .hasMessage("behind 2 others");
        permit.close();
        one.permit().close();
        two.permit().close();
    }

    // Bounds of the queue

    @Test
    void aFullQueueOfAnEndpointRefusesAtOnceAndNamesItsBound() throws Exception {
        PrioritySemaphore semaphore = semaphore(1, 10, 2, 10);
        Permit permit = acquire(semaphore);
        Caller one = inLine(ThreadKind.VIRTUAL, semaphore);
        Caller two = inLine(ThreadKind.VIRTUAL, semaphore);

        assertThatThrownBy(() -> acquire(semaphore))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("queuePerEndpoint is 2");
        semaphore.acquire(ELSEWHERE, Priority.NORMAL, false, later()).close();
        permit.close();
        one.permit().close();
        two.permit().close();
    }

    @Test
    void aFullQueueOfTheClientRefusesAtOnceAndNamesItsBound() throws Exception {
        PrioritySemaphore semaphore = semaphore(1, 1, 10, 2);
        Permit permit = acquire(semaphore);
        Caller one = inLine(ThreadKind.VIRTUAL, semaphore);
        Caller two = Caller.inLine(ThreadKind.VIRTUAL, semaphore, ELSEWHERE, Priority.NORMAL, later());

        assertThatThrownBy(() -> acquire(semaphore))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("queueTotal is 2");
        permit.close();
        one.permit().close();
        two.permit().close();
    }

    @Test
    void withNoQueueWhoeverCannotGoAtOnceIsRefusedAndLeavesNothingBehind() throws Exception {
        PrioritySemaphore semaphore = semaphore(1, 1, 0, 0);
        Permit permit = acquire(semaphore);
        for (int port = 1; port <= 20; port++) {
            Route route = new Route(Endpoint.of("other", port), "");
            assertThatThrownBy(() -> semaphore.acquire(route, Priority.NORMAL, false, later()))
                    .isInstanceOf(RejectedExecutionException.class);
        }
        assertThat(semaphore.counts().endpoints()).isEqualTo(1);
        permit.close();
    }

    // Close

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void closeSendsWaitersAwayAndLetsNobodyIn(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Caller one = inLine(kind, semaphore);
        Caller two = inLine(kind, semaphore);

        semaphore.close();
        for (Caller caller : List.of(one, two)) {
            assertThat(caller.failure())
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("closed while this call waited");
        }
        assertThatThrownBy(() -> acquire(semaphore))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("closed");
        assertThat(semaphore.counts().out()).as("the permit that is still out").isEqualTo(1);
        permit.close();
        assertThatThrownBy(() -> acquire(semaphore)).isInstanceOf(RejectedExecutionException.class);
        semaphore.close();
    }

    @Test
    void allAreBackAtOnceWhereNoneIsOut() throws Exception {
        assertThat(semaphore(1).awaitAllBack(passed())).isTrue();
    }

    @Test
    void waitingForAllEndsWithTheLastPermit() throws Exception {
        PrioritySemaphore semaphore = semaphore(2);
        Permit first = acquire(semaphore);
        Permit last = acquire(semaphore);
        AtomicReference<Boolean> all = new AtomicReference<>();
        Thread waiting = Thread.startVirtualThread(() -> {
            try {
                all.set(semaphore.awaitAllBack(later()));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Await.parked(waiting);
        first.close();
        Await.parked(waiting);
        assertThat(all.get()).isNull();
        last.close();
        Await.ended(waiting);

        assertThat(all.get()).isTrue();
    }

    @Test
    void waitingForAllEndsAtItsDeadline() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);

        assertThat(semaphore.awaitAllBack(passed())).isFalse();
        assertThat(semaphore.awaitAllBack(Deadline.after(Duration.ofMillis(1)))).isFalse();
        permit.close();
        assertThat(semaphore.awaitAllBack(passed())).isTrue();
    }

    @Test
    void waitingForAllCanBeInterrupted() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Permit permit = acquire(semaphore);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> semaphore.awaitAllBack(later())).isInstanceOf(InterruptedException.class);
        permit.close();
    }

    // Hand-off

    /** What a permit carries: notes what is done with it, and how the semaphore stood then. */
    private static final class Kept implements Slot {
        private final PrioritySemaphore semaphore;
        private final Route route;
        private final Queue<PrioritySemaphore.Counts> whenStored = new ConcurrentLinkedQueue<>();
        private volatile Runnable onStore = () -> {};

        private Kept(PrioritySemaphore semaphore, Route route) {
            this.semaphore = semaphore;
            this.route = route;
        }

        @Override
        public boolean fits(Route wanted) {
            return route.equals(wanted);
        }

        @Override
        public void store(int limit) {
            whenStored.add(semaphore.counts());
            onStore.run();
        }
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void aWaiterOfTheSameRouteGetsTheConnectionAndTheStoreIsNotTouched(ThreadKind kind) throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Kept kept = new Kept(semaphore, ROUTE);
        Permit permit = acquire(semaphore);
        Caller waiter = inLine(kind, semaphore);

        permit.leave(kept);
        permit.close();
        Permit next = waiter.permit();
        assertThat(next.takeSlot()).isSameAs(kept);
        assertThat(next.takeSlot()).as("the slot is emptied").isNull();
        assertThat(kept.whenStored).isEmpty();
        next.close();
        assertThat(kept.whenStored).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void aWaiterOfAnotherRouteFindsTheConnectionStored(ThreadKind kind) throws Exception {
        for (Route route : List.of(OTHER_SESSION, ELSEWHERE)) {
            PrioritySemaphore semaphore = semaphore(1);
            Kept kept = new Kept(semaphore, ROUTE);
            Permit permit = acquire(semaphore);
            Caller waiter = Caller.inLine(kind, semaphore, route, Priority.NORMAL, later());
            List<Boolean> awakeWhenStored = Collections.synchronizedList(new ArrayList<>());
            kept.onStore = () -> awakeWhenStored.add(waiter.done());

            permit.leave(kept);
            permit.close();
            Permit next = waiter.permit();
            assertThat(next.takeSlot()).isNull();
            assertThat(awakeWhenStored)
                    .as("stored once, before the waiter woke")
                    .containsExactly(false);
            next.close();
            assertThat(kept.whenStored).hasSize(1);
        }
    }

    @Test
    void whereNobodyWaitsTheConnectionIsStoredBeforeAnybodyCanGetThePermit() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Kept kept = new Kept(semaphore, ROUTE);
        Permit permit = acquire(semaphore);
        permit.leave(kept);
        permit.close();

        assertThat(kept.whenStored)
                .singleElement()
                .satisfies(counts -> assertThat(counts.out())
                        .as("permits out while the connection was stored")
                        .isEqualTo(1));
    }

    @Test
    void whoeverComesWhileTheConnectionIsStoredGetsThePermitAfterwards() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Kept kept = new Kept(semaphore, ROUTE);
        AtomicReference<Caller> newcomer = new AtomicReference<>();
        kept.onStore = () -> newcomer.set(inLine(ThreadKind.VIRTUAL, semaphore));
        Permit permit = acquire(semaphore);
        permit.leave(kept);
        permit.close();

        Permit next = newcomer.get().permit();
        assertThat(next.takeSlot()).isNull();
        next.close();
    }

    /** The one the returner counts on may give up in the very moment: then nobody waits, and the same rule holds. */
    @Test
    void whereTheOnlyWaiterLeavesMeanwhileTheConnectionIsStoredBeforeAnybodyCanGetThePermit() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        int stored = 0;
        for (int round = 0; round < 3_000; round++) {
            Kept kept = new Kept(semaphore, ROUTE);
            Permit permit = acquire(semaphore);
            Caller leaver = Caller.start(ThreadKind.VIRTUAL, semaphore, ROUTE, Priority.NORMAL, later());
            Await.until("it waits", () -> semaphore.counts().waiting() == 1);
            permit.leave(kept);
            Thread interrupter = Thread.startVirtualThread(leaver::interrupt);
            permit.close();
            Await.ended(interrupter);
            try {
                Permit next = leaver.permit();
                assertThat(next.takeSlot()).isSameAs(kept);
                next.close();
                assertThat(kept.whenStored).isEmpty();
            } catch (ExecutionException e) {
                assertThat(kept.whenStored)
                        .singleElement()
                        .satisfies(counts -> assertThat(counts.out())
                                .as("permits out while the connection was stored")
                                .isEqualTo(1));
                stored++;
            }
        }
        assertThat(stored).as("rounds in which the interrupt came first").isPositive();
    }

    @Test
    void aStoreThatThrowsLosesNoPermit() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Kept broken = new Kept(semaphore, ROUTE);
        broken.onStore = () -> {
            throw new IllegalStateException("broken store");
        };
        Permit permit = acquire(semaphore);
        permit.leave(broken);
        permit.close();

        assertThat(semaphore.counts().out()).isZero();
    }

    @Test
    void aStoreThatThrowsStrandsNoWaiter() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        Kept broken = new Kept(semaphore, OTHER_SESSION);
        broken.onStore = () -> {
            throw new IllegalStateException("broken store");
        };
        Permit permit = acquire(semaphore);
        Caller waiter = inLine(ThreadKind.VIRTUAL, semaphore);
        permit.leave(broken);
        permit.close();

        assertThat(broken.whenStored).hasSize(1);
        waiter.permit().close();
    }

    @Test
    void aSessionWhoseEqualsThrowsStrandsNoWaiter() throws Exception {
        PrioritySemaphore semaphore = semaphore(1);
        AtomicInteger stored = new AtomicInteger();
        Slot broken = new Slot() {
            @Override
            public boolean fits(Route route) {
                throw new IllegalStateException("broken equals");
            }

            @Override
            public void store(int limit) {
                stored.incrementAndGet();
            }
        };
        Permit permit = acquire(semaphore);
        Caller waiter = inLine(ThreadKind.VIRTUAL, semaphore);
        permit.leave(broken);
        permit.close();

        Permit next = waiter.permit();
        assertThat(next.takeSlot()).isNull();
        assertThat(stored.get()).isEqualTo(1);
        next.close();
    }
}
