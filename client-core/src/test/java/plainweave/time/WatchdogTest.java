package plainweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchdogTest {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final Duration BOUND = Duration.ofMillis(50);

    private final String name = "watchdog-test-" + NAMES.incrementAndGet();
    private final Watchdog watchdog = new Watchdog(name);
    private final List<Watchdog.Timer> timers = new CopyOnWriteArrayList<>();

    private Watchdog.Timer timer(Runnable onExpiry) {
        Watchdog.Timer timer = watchdog.timer(onExpiry);
        timers.add(timer);
        return timer;
    }

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    private static boolean await(CountDownLatch latch) throws InterruptedException {
        return latch.await(Await.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }

    private Thread thread() {
        assertThat(threads()).hasSize(1);
        return threads().get(0);
    }

    /** Returns when everything that was due before has run. */
    private void fence() throws InterruptedException {
        CountDownLatch passed = new CountDownLatch(1);
        try (Watchdog.Timer fence = watchdog.timer(passed::countDown)) {
            fence.arm(in(Duration.ofMillis(5)));
            assertThat(await(passed)).isTrue();
        }
    }

    @AfterEach
    void itEnds() throws InterruptedException {
        List<Thread> running = threads();
        timers.forEach(Watchdog.Timer::close);
        watchdog.close();
        for (Thread thread : running) {
            Await.ended(thread);
        }
        assertThat(watchdog.timers()).isZero();
    }

    // When it fires

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 40})
    void itFiresAfterTheDeadlineAndNotBefore(int millis) throws Exception {
        Await.within(BOUND, () -> {
            AtomicLong firedAt = new AtomicLong();
            CountDownLatch fired = new CountDownLatch(1);
            Watchdog.Timer timer = timer(() -> {
                firedAt.set(System.nanoTime());
                fired.countDown();
            });
            long deadline = in(Duration.ofMillis(millis));
            Await.Control control = Await.control(deadline);
            assertThat(timer.arm(deadline)).isTrue();
            assertThat(await(fired)).isTrue();
            assertThat(timer.fired()).isTrue();
            long late = firedAt.get() - deadline;
            assertThat(late).as("nanoseconds after the deadline").isNotNegative();
            return late - control.late();
        });
    }

    @Test
    void anEarlierDeadlineArmedLaterIsHonoured() throws Exception {
        AtomicInteger firedFar = new AtomicInteger();
        timer(firedFar::incrementAndGet).arm(in(Duration.ofHours(1)));
        fence();
        Await.parked(thread());
        Await.within(BOUND, () -> {
            AtomicLong firedAt = new AtomicLong();
            CountDownLatch fired = new CountDownLatch(1);
            long deadline = in(Duration.ofMillis(20));
            Await.Control control = Await.control(deadline);
            timer(() -> {
                        firedAt.set(System.nanoTime());
                        fired.countDown();
                    })
                    .arm(deadline);
            assertThat(await(fired)).isTrue();
            return firedAt.get() - deadline - control.late();
        });
        assertThat(firedFar.get()).isZero();
    }

    @Test
    void eachOfManyDeadlinesFiresInItsOwnTimeHoweverTheyWereArmed() throws Exception {
        List<Long> late = new CopyOnWriteArrayList<>();
        CountDownLatch all = new CountDownLatch(4);
        long start = System.nanoTime();
        for (int millis : new int[] {90, 10, 60, 30}) {
            long deadline = start + Duration.ofMillis(millis).toNanos();
            timer(() -> {
                        late.add(System.nanoTime() - deadline);
                        all.countDown();
                    })
                    .arm(deadline);
        }
        assertThat(await(all)).isTrue();
        assertThat(late).hasSize(4).allMatch(nanos -> nanos >= 0);
    }

    @Test
    void aDisarmedTimerNeverFires() throws Exception {
        AtomicInteger fired = new AtomicInteger();
        Watchdog.Timer timer = timer(fired::incrementAndGet);
        long deadline = in(Duration.ofHours(1));
        for (int i = 0; i < 1_000; i++) {
            assertThat(timer.arm(deadline + i)).isTrue();
            assertThat(timer.disarm(deadline + i)).isTrue();
        }
        CountDownLatch go = keptBusy();
        long passed = System.nanoTime();
        assertThat(timer.arm(passed)).isTrue();
        assertThat(timer.disarm(passed)).isTrue();
        go.countDown();
        fence();
        assertThat(fired.get()).isZero();
        assertThat(timer.fired()).isFalse();
    }

    @Test
    void aClosedTimerIsForgotten() throws Exception {
        CountDownLatch go = keptBusy();
        AtomicInteger fired = new AtomicInteger();
        int before = watchdog.timers();
        Watchdog.Timer timer = watchdog.timer(fired::incrementAndGet);
        timer.arm(System.nanoTime());
        timer.close();
        timer.close();
        assertThat(watchdog.timers()).isEqualTo(before);
        go.countDown();
        fence();
        assertThat(fired.get()).isZero();
    }

    /** Keeps the watchdog in an action until the latch is counted down, so that it meanwhile looks at nothing. */
    private CountDownLatch keptBusy() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        timer(() -> {
                    held.countDown();
                    awaitQuietly(go);
                })
                .arm(System.nanoTime());
        assertThat(await(held)).as("the watchdog is kept busy").isTrue();
        return go;
    }

    @Test
    void anArmedTimerIsNotArmedAgainAndAFiredOneNeither() throws Exception {
        CountDownLatch fired = new CountDownLatch(1);
        Watchdog.Timer timer = timer(fired::countDown);
        long first = in(Duration.ofMinutes(1));
        assertThat(timer.arm(first)).isTrue();
        assertThat(timer.arm(in(Duration.ofMinutes(2)))).isFalse();
        assertThat(timer.disarm(first + 7)).as("disarm with another deadline").isFalse();
        assertThat(timer.disarm(first)).isTrue();

        long soon = in(Duration.ofMillis(1));
        assertThat(timer.arm(soon)).isTrue();
        assertThat(await(fired)).isTrue();
        assertThat(timer.disarm(soon)).isFalse();
        assertThat(timer.arm(in(Duration.ofMinutes(1)))).isFalse();
        assertThat(timer.fired()).isTrue();
    }

    @Test
    void rearmReplacesADeadlineAndRevivesAFiredTimer() throws Exception {
        AtomicInteger fired = new AtomicInteger();
        Watchdog.Timer timer = timer(fired::incrementAndGet);
        timer.rearm(in(Duration.ofHours(1)));
        timer.rearm(in(Duration.ofMillis(1)));
        Await.until("it fires", () -> fired.get() == 1);
        timer.rearm(in(Duration.ofMillis(1)));
        Await.until("it fires again", () -> fired.get() == 2);
        fence();
        assertThat(fired.get()).isEqualTo(2);
    }

    // Values of deadlines

    /** Nanoseconds have no origin: an instant may be negative, and it may be what a state is called inside. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, -1, -2, -1_000_000_000L})
    void anyValueIsADeadline(long deadline) throws Exception {
        // Counted from now on, so that it has not passed on a machine where the clock began below zero.
        boolean past = deadline - System.nanoTime() < 0;
        CountDownLatch go = keptBusy();
        AtomicInteger fired = new AtomicInteger();
        Watchdog.Timer timer = timer(fired::incrementAndGet);
        assertThat(timer.fired()).isFalse();
        assertThat(timer.arm(deadline)).isTrue();
        assertThat(timer.fired()).isFalse();
        assertThat(timer.arm(deadline)).as("armed a second time").isFalse();
        assertThat(timer.disarm(deadline)).isTrue();
        assertThat(timer.disarm(deadline)).as("disarmed a second time").isFalse();
        assertThat(timer.fired()).isFalse();
        assertThat(timer.arm(deadline)).isTrue();
        go.countDown();
        if (past) {
            Await.until("it fires", () -> fired.get() == 1);
            assertThat(timer.fired()).isTrue();
            assertThat(timer.disarm(deadline)).isFalse();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theFurthestDeadlineNeverComes() throws Exception {
        AtomicInteger fired = new AtomicInteger();
        timer(fired::incrementAndGet).arm(System.nanoTime() + Long.MAX_VALUE / 2);
        fence();
        assertThat(fired.get()).isZero();
        Await.until("it parks untimed", () -> thread().getState() == Thread.State.WAITING);
    }

    // Races

    /**
     * One connection's life over and over: exchanges with short and long deadlines. Whenever it fires, the deadline in
     * force has passed; and an exchange whose deadline is far is never cut by what an earlier one left behind.
     */
    @Test
    void anExpiredEntryNeverCutsALaterExchange() throws Exception {
        List<String> wrong = new CopyOnWriteArrayList<>();
        AtomicInteger cut = new AtomicInteger();
        long giveUp = System.nanoTime() + Await.PATIENCE.toNanos();
        List<Thread> connections = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            connections.add(Thread.ofPlatform().daemon().start(() -> {
                Connection connection = new Connection(wrong);
                boolean noneCut = true; // where the processor is taken from the watchdog, 30,000 may not be enough
                for (int exchange = 0; exchange < 30_000 || noneCut; exchange++) {
                    noneCut = cut.get() == 0 && System.nanoTime() - giveUp < 0;
                    boolean mayBeCut = exchange % 2 == 0;
                    if (!connection.exchange(mayBeCut)) {
                        cut.incrementAndGet();
                        connection.timer.close();
                        connection = new Connection(wrong);
                    }
                }
                connection.timer.close();
            }));
        }
        for (Thread connection : connections) {
            Await.ended(connection);
        }
        assertThat(wrong).isEmpty();
        assertThat(cut.get()).as("exchanges that were cut").isPositive();
    }

    private final class Connection {
        private final List<String> wrong;
        private final Watchdog.Timer timer = watchdog.timer(this::cut);
        private volatile long deadline;

        private Connection(List<String> wrong) {
            this.wrong = wrong;
        }

        private void cut() {
            long left = deadline - System.nanoTime();
            if (left > 0) {
                wrong.add("cut " + Duration.ofNanos(left) + " before the deadline in force");
            }
        }

        private boolean exchange(boolean mayBeCut) {
            long time = mayBeCut ? ThreadLocalRandom.current().nextLong(2_000) : 60_000_000_000L;
            deadline = System.nanoTime() + time;
            if (!timer.arm(deadline)) {
                wrong.add("not armed");
            }
            Thread.onSpinWait();
            boolean done = timer.disarm(deadline);
            if (!done && !mayBeCut) {
                wrong.add("an exchange with a minute to go was cut");
            }
            return done;
        }
    }

    /** Every arm either is seen by the look that goes on or makes it look again: else a wait would never end. */
    @Test
    void noArmIsEverMissedHoweverTheyCome() throws Exception {
        int each = 2_000;
        AtomicInteger fired = new AtomicInteger();
        List<Thread> arming = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            arming.add(Thread.startVirtualThread(() -> {
                ThreadLocalRandom random = ThreadLocalRandom.current();
                for (int j = 0; j < each; j++) {
                    timer(fired::incrementAndGet).arm(System.nanoTime() + random.nextLong(3_000_000));
                    if (random.nextInt(100) == 0) {
                        Thread.yield();
                    }
                }
            }));
        }
        for (Thread thread : arming) {
            Await.ended(thread);
        }
        Await.until("all have fired", () -> fired.get() == 4 * each);
    }

    // The thread

    @Test
    void withNothingArmedItParksAndTakesNoTime() throws Exception {
        for (int i = 0; i < 100; i++) {
            timer(() -> {});
        }
        fence();
        Thread thread = thread();
        Await.until("it parks untimed", () -> thread.getState() == Thread.State.WAITING);
        ThreadMXBean mx = ManagementFactory.getThreadMXBean();
        long before = mx.getThreadCpuTime(thread.threadId());
        Await.control(in(Duration.ofMillis(200))).late();
        long spent = mx.getThreadCpuTime(thread.threadId()) - before;

        assertThat(spent).as("nanoseconds of CPU in 200 ms").isLessThan(1_000_000);
        assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
    }

    @Test
    void aTimerDisarmedBeforeItsDeadlineWakesItOnceAndThenItParks() throws Exception {
        Watchdog.Timer timer = timer(() -> {});
        long deadline = in(Duration.ofMillis(50));
        timer.arm(deadline);
        timer.disarm(deadline);

        Await.until("it parks untimed", () -> thread().getState() == Thread.State.WAITING);
    }

    @Test
    void anActionThatThrowsIsLoggedAndStopsNothing() throws Exception {
        Map<String, Throwable> logged = new ConcurrentHashMap<>();
        Logger logger = Logger.getLogger(Watchdog.class.getName());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                logged.put(line.getMessage(), line.getThrown());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Level level = logger.getLevel();
        logger.setLevel(Level.ALL);
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try {
            timer(() -> {
                        throw new IllegalStateException("mine");
                    })
                    .arm(System.nanoTime());
            timer(() -> {
                        throw new AssertionError("an error too");
                    })
                    .arm(System.nanoTime());
            fence();
            fence();
            Await.until("it is logged", () -> !logged.isEmpty());
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
            logger.setLevel(level);
        }
        assertThat(logged).hasSize(1).containsKey("a timer failed; the watchdog goes on");
        assertThat(thread().isAlive()).isTrue();
    }

    @Test
    void itIsADaemonOfItsGivenName() {
        assertThat(thread().isDaemon()).isTrue();
        assertThat(thread().isVirtual()).isFalse();
    }

    @Test
    void closedWithNoTimerItEnds() throws InterruptedException {
        Thread thread = thread();
        watchdog.close();
        watchdog.close();

        Await.ended(thread);
    }

    @Test
    void closedItStillEndsTheWaitsItHasAndThenEnds() throws Exception {
        CountDownLatch fired = new CountDownLatch(1);
        Watchdog.Timer armed = timer(fired::countDown);
        Watchdog.Timer idle = timer(() -> {});
        Thread thread = thread();
        watchdog.close();
        armed.arm(in(Duration.ofMillis(10)));
        assertThat(await(fired)).isTrue();
        armed.close();
        Await.until("it waits for the last timer", () -> thread.getState() == Thread.State.WAITING);
        idle.close();

        Await.ended(thread);
    }

    /** A call may outlive its client by a moment, and dial in it. */
    @Test
    void aTimerMadeAfterTheEndFiresAsWell() throws Exception {
        Thread first = thread();
        watchdog.close();
        Await.ended(first);
        for (int i = 0; i < 3; i++) {
            CountDownLatch fired = new CountDownLatch(1);
            try (Watchdog.Timer late = watchdog.timer(fired::countDown)) {
                late.arm(in(Duration.ofMillis(1)));
                assertThat(await(fired)).isTrue();
            }
        }
        Await.until("it ends again", () -> threads().isEmpty());
    }

    @Test
    void timersMadeWhileTheThreadEndsAllFire() throws Exception {
        watchdog.close();
        for (int i = 0; i < 1_000; i++) {
            CountDownLatch fired = new CountDownLatch(2);
            Thread other = Thread.startVirtualThread(() -> fireOnce(fired));
            fireOnce(fired);
            Await.ended(other);
            assertThat(fired.getCount()).isZero();
        }
        Await.until("it ends again", () -> threads().isEmpty());
    }

    private void fireOnce(CountDownLatch fired) {
        CountDownLatch mine = new CountDownLatch(1);
        try (Watchdog.Timer timer = watchdog.timer(mine::countDown)) {
            timer.arm(System.nanoTime());
            if (await(mine)) {
                fired.countDown();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
