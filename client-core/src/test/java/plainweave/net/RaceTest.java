package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plainweave.call.Attempt;
import plainweave.call.Deadline;
import plainweave.call.Phase;
import plainweave.observe.Observer;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.time.Await;
import plainweave.time.Watchdog;

/** Whoever wins, fails or leaves a race: nothing that was opened stays open but the one transport that is returned. */
class RaceTest {
    private static final Duration STAGGER = Duration.ofMillis(250);

    /** For races that are run by the hundred. */
    private static final Duration SHORT_STAGGER = Duration.ofMillis(1);

    private static final Duration AMPLE = Duration.ofSeconds(10);
    private static final SocketSettings SOCKETS = new SocketSettings(Duration.ZERO, null);
    private static final Tls NO_TLS = new Tls(
            new Tls.Settings(
                    () -> {
                        try {
                            return SSLContext.getDefault();
                        } catch (java.security.GeneralSecurityException e) {
                            throw new AssertionError(e);
                        }
                    },
                    Tls.PROTOCOLS,
                    List.of(),
                    false),
            new Observer() {});

    private static EchoServer live;
    private static List<DeadPort> holes;
    private static DeadPort refusing;

    private final Watchdog watchdog = new Watchdog("race-watchdog");
    private final Transports transports = new Transports();
    private final AddressOrder order = new AddressOrder(transports::to, System::nanoTime);
    private int socketsBefore;

    @BeforeAll
    static void startPeers() {
        live = EchoServer.start(Thread.ofPlatform());
        holes = List.of(FaultServer.blackhole(), FaultServer.blackhole(), FaultServer.blackhole());
        refusing = FaultServer.refusing();
    }

    @AfterAll
    static void stopPeers() {
        live.close();
        holes.forEach(DeadPort::close);
        refusing.close();
    }

    @BeforeEach
    void countSockets() throws InterruptedException {
        live.awaitOpen(0, AMPLE);
        socketsBefore = OpenSockets.count();
    }

    @AfterEach
    void nothingIsLeftBehind() throws InterruptedException {
        Await.until("no timer is left", () -> watchdog.timers() == 0);
        Await.until("no transport is left", () -> open() == 0);
        live.awaitOpen(0, AMPLE);
        OpenSockets.awaitAtMost(socketsBefore);
        watchdog.close();
    }

    private int open() {
        return transports.to(live.address())
                + transports.to(refusing.address())
                + holes.stream().mapToInt(hole -> transports.to(hole.address())).sum();
    }

    private static InetSocketAddress hole(int i) {
        return holes.get(i).address();
    }

    private Transport open(SocketAddress address) throws IOException {
        return Transport.open(address, SOCKETS, NO_TLS, watchdog, transports);
    }

    private Race race(Duration limit, Duration stagger, Race.Opener opener, SocketAddress... addresses) {
        return new Race(List.of(addresses), Deadline.after(limit), opener, order, watchdog, stagger);
    }

    private Race race(Duration limit, SocketAddress... addresses) {
        return race(limit, STAGGER, this::open, addresses);
    }

    private long nanosToWin(SocketAddress... addresses) throws Exception {
        long start = System.nanoTime();
        try (Transport transport = race(AMPLE, addresses).run()) {
            long took = System.nanoTime() - start;
            assertThat(transport.peer()).isEqualTo(live.address());
            assertThat(transport.isQuiet()).isTrue();
            return took;
        }
    }

    private static DialException failureOf(Race race) {
        DialException failure = catchThrowableOfType(DialException.class, race::run);
        assertThat(failure).isNotNull();
        return failure;
    }

    private record Running<T>(Thread thread, FutureTask<T> task) {
        static <T> Running<T> on(boolean virtual, Callable<T> job) {
            FutureTask<T> task = new FutureTask<>(job);
            Thread thread = virtual
                    ? Thread.ofVirtual().start(task)
                    : Thread.ofPlatform().daemon().start(task);
            return new Running<>(thread, task);
        }

        T await() throws Exception {
            return task.get(20, TimeUnit.SECONDS);
        }
    }

    /** What a caller got who was disturbed, and whether its interrupt flag was set then. */
    private record Outcome(Throwable thrown, boolean flag) {}

    private static Running<Outcome> disturbed(Race race) {
        return Running.on(true, () -> {
            try (Transport transport = race.run()) {
                return new Outcome(
                        new AssertionError("connected to " + transport.address()),
                        Thread.currentThread().isInterrupted());
            } catch (IOException | InterruptedException e) {
                return new Outcome(e, Thread.currentThread().isInterrupted());
            }
        });
    }

    // In which order, and when

    @Test
    void anAddressThatAnswersIsConnectedTo() throws Exception {
        nanosToWin(live.address());
        nanosToWin(live.address(), hole(0));
    }

    @Test
    void afterARefusalTheNextAddressIsTriedAtOnce() throws Exception {
        Await.within(
                Duration.ofMillis(200),
                () -> nanosToWin(refusing.address(), refusing.address(), live.address()) - nanosToWin(live.address()));
    }

    @Test
    void afterARefusalInTheBackgroundTheNextAddressIsTriedAtOnceToo() throws Exception {
        Await.within(
                STAGGER.plusMillis(200),
                () -> nanosToWin(hole(0), refusing.address(), refusing.address(), live.address())
                        - nanosToWin(live.address()));
    }

    @Test
    void anAddressThatHangsDelaysTheNextByAQuarterOfASecond() throws Exception {
        assertThat(nanosToWin(hole(0), live.address())).isGreaterThanOrEqualTo(STAGGER.toNanos());
    }

    @Test
    void threeAddressesThatHangCostThreeStaggerTimes() throws Exception {
        Await.within(
                STAGGER.multipliedBy(3).plusMillis(100),
                () -> nanosToWin(hole(0), hole(1), hole(2), live.address()) - nanosToWin(live.address()));
    }

    // Failures

    @Test
    void everyAttemptIsListedInItsOrderWithTimeAndCause() {
        DialException failure =
                failureOf(race(Duration.ofMillis(650), hole(0), refusing.address(), hole(1), hole(2), live.address()));
        List<Attempt> attempts = failure.attempts();
        assertThat(attempts)
                .extracting(Attempt::target)
                .as("the fourth would have begun too late")
                .startsWith(
                        Transport.inWords(hole(0)), Transport.inWords(refusing.address()), Transport.inWords(hole(1)));
        assertThat(attempts).extracting(Attempt::phase).containsOnly(Phase.CONNECT);
        assertThat(attempts.get(0).cause()).isInstanceOf(CutException.class).hasMessage("too slow");
        assertThat(attempts.get(1).cause()).isInstanceOf(ConnectException.class).hasMessageContaining("refused");
        assertThat(attempts.get(2).cause()).isInstanceOf(CutException.class).hasMessage("too slow");
        assertThat(attempts.get(0).took().minus(attempts.get(2).took()))
                .as("begun a stagger later; each clock is read when its thread gets to run")
                .isGreaterThanOrEqualTo(STAGGER.dividedBy(2));
        assertThat(failure.getCause()).isSameAs(attempts.getLast().cause());
    }

    @Test
    void theLimitSpansAllAddresses() throws Exception {
        Duration limit = Duration.ofMillis(400);
        Await.within(Duration.ofMillis(150), () -> {
            long end = System.nanoTime() + limit.toNanos();
            Await.Control control = Await.control(end);
            DialException failure = failureOf(race(limit, hole(0), hole(1), hole(2), live.address()));
            long late = System.nanoTime() - end;
            assertThat(failure.attempts()).hasSize(2);
            return late - control.late();
        });
    }

    @Test
    void anErrorInTheBackgroundEndsThatAttemptOnly() throws Exception {
        CountDownLatch threw = new CountDownLatch(1);
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> threw.countDown());
        try {
            Race.Opener broken = address -> {
                if (address.equals(hole(1))) {
                    throw new StackOverflowError("scripted");
                }
                return open(address);
            };
            DialException failure =
                    failureOf(race(Duration.ofMillis(200), SHORT_STAGGER, broken, hole(0), hole(1), hole(2)));
            assertThat(threw.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(failure.attempts()).extracting(Attempt::cause).anyMatch(StackOverflowError.class::isInstance);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void anAddressOfAFamilyThatCannotBeUsedIsOneMoreFailure() throws Exception {
        Race.Opener picky = address -> {
            if (address.equals(hole(0))) {
                throw new java.nio.channels.UnsupportedAddressTypeException();
            }
            return open(address);
        };
        try (Transport transport =
                race(AMPLE, STAGGER, picky, hole(0), live.address()).run()) {
            assertThat(transport.peer()).isEqualTo(live.address());
        }
    }

    // Memory

    @Test
    void theNextRaceBeginsWithTheAddressThatWon() throws Exception {
        nanosToWin(hole(0), refusing.address(), live.address());
        List<? extends SocketAddress> next = order.of(List.of(hole(0), refusing.address(), live.address()));
        assertThat(next).first().isEqualTo(live.address());
    }

    @Test
    void aShortLimitSaysNothingAboutTheAddress() {
        failureOf(race(Duration.ofMillis(100), hole(0), live.address()));
        List<InetSocketAddress> given = List.of(hole(0), live.address());
        assertThat(order.of(given)).isEqualTo(given);
    }

    @Test
    void anInterruptSaysNothingAboutTheAddress() throws Exception {
        Running<Outcome> caller = disturbed(race(AMPLE, hole(0), live.address()));
        Await.until("it is tried", () -> transports.to(hole(0)) == 1);
        caller.thread().interrupt();
        assertThat(caller.await().thrown()).isInstanceOf(ClosedByInterruptException.class);
        List<InetSocketAddress> given = List.of(hole(0), live.address());
        assertThat(order.of(given)).isEqualTo(given);
    }

    // Leaving early

    private enum Disturbance {
        INTERRUPT,
        CLOSE
    }

    private void disturb(Disturbance how, Thread caller) {
        if (how == Disturbance.INTERRUPT) {
            caller.interrupt();
        } else {
            transports.close();
        }
    }

    private static void assertDisturbed(Disturbance how, Outcome outcome) {
        if (how == Disturbance.CLOSE) {
            assertThat(outcome.flag()).isFalse();
            assertThat(outcome.thrown())
                    .isInstanceOfSatisfying(
                            CutException.class,
                            cut -> assertThat(cut.reason()).isEqualTo(CutException.Reason.CLIENT_CLOSED));
        } else if (outcome.thrown() instanceof InterruptedException) {
            assertThat(outcome.flag()).isFalse();
        } else {
            assertThat(outcome.thrown()).isInstanceOf(ClosedByInterruptException.class);
            assertThat(outcome.flag()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoLeavesBeforeTheRaceBeginsLeavesNothing(Disturbance how) throws Exception {
        CountDownLatch disturbed = new CountDownLatch(1);
        Race race = race(AMPLE, hole(0), live.address());
        Running<Outcome> caller = Running.on(true, () -> {
            while (disturbed.getCount() > 0) {
                LockSupport.parkNanos(100_000);
            }
            try (Transport transport = race.run()) {
                return new Outcome(new AssertionError(transport.address()), false);
            } catch (IOException | InterruptedException e) {
                return new Outcome(e, Thread.currentThread().isInterrupted());
            }
        });
        disturb(how, caller.thread());
        disturbed.countDown();
        assertDisturbed(how, caller.await());
    }

    @ParameterizedTest
    @EnumSource
    void whoLeavesWhileConnectingLeavesNothing(Disturbance how) throws Exception {
        Running<Outcome> caller = disturbed(race(AMPLE, hole(0), live.address()));
        Await.until("the first is tried", () -> transports.to(hole(0)) == 1);
        Await.parked(caller.thread());
        disturb(how, caller.thread());
        assertDisturbed(how, caller.await());
    }

    @ParameterizedTest
    @EnumSource
    void whoLeavesWhileOthersConnectBesideItLeavesNothing(Disturbance how) throws Exception {
        Running<Outcome> caller = disturbed(race(AMPLE, SHORT_STAGGER, this::open, hole(0), hole(1), hole(2)));
        Await.until("all are tried", () -> transports.to(hole(2)) == 1);
        Await.parked(caller.thread());
        disturb(how, caller.thread());
        assertDisturbed(how, caller.await());
    }

    @ParameterizedTest
    @EnumSource
    void whoLeavesWhileItOnlyWaitsForTheOthersLeavesNothing(Disturbance how) throws Exception {
        CountDownLatch othersTry = new CountDownLatch(1);
        Race.Opener opener = address -> {
            if (address.equals(refusing.address())) {
                awaitQuietly(othersTry);
            } else {
                othersTry.countDown();
            }
            return open(address);
        };
        Running<Outcome> caller = disturbed(race(AMPLE, SHORT_STAGGER, opener, refusing.address(), hole(1)));
        Await.until("the other is tried", () -> transports.to(hole(1)) == 1);
        Await.until("its own attempt is over", () -> transports.to(refusing.address()) == 0);
        Await.parked(caller.thread());
        disturb(how, caller.thread());
        assertDisturbed(how, caller.await());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The interrupt and the victory come at the same moment, now the one first, now the other. */
    @Test
    void whatWinsWhileItsCallerIsInterruptedIsReturnedOrClosed() throws Exception {
        AtomicInteger returned = new AtomicInteger();
        for (int i = 0; i < 200; i++) {
            CountDownLatch othersTry = new CountDownLatch(1);
            AtomicBoolean waits = new AtomicBoolean();
            Thread[] caller = new Thread[1];
            Race.Opener opener = address -> {
                if (address.equals(refusing.address())) {
                    awaitQuietly(othersTry);
                    waits.set(true);
                } else {
                    othersTry.countDown();
                    Await.until("the caller waits", waits::get);
                    Await.parked(caller[0]);
                    caller[0].interrupt();
                }
                return open(address);
            };
            Race race = race(AMPLE, SHORT_STAGGER, opener, refusing.address(), live.address());
            FutureTask<Boolean> task = new FutureTask<>(() -> {
                try (Transport transport = race.run()) {
                    assertThat(transport.isOpen()).isTrue();
                    returned.incrementAndGet();
                    return true;
                } catch (InterruptedException | ClosedByInterruptException e) {
                    return false;
                }
            });
            caller[0] = i % 2 == 0
                    ? Thread.ofPlatform().daemon().unstarted(task)
                    : Thread.ofVirtual().unstarted(task);
            caller[0].start();
            task.get(20, TimeUnit.SECONDS);
        }
        assertThat(returned).hasValueLessThan(200);
    }

    // Losers

    @Test
    void anAttemptThatBeginsAfterTheVictoryEndsItself() throws Exception {
        CountDownLatch won = new CountDownLatch(1);
        Race.Opener opener = address -> {
            if (address.equals(hole(0))) {
                awaitQuietly(won);
            }
            return open(address);
        };
        Race race = race(AMPLE, SHORT_STAGGER, opener, hole(0), live.address());
        Running<Boolean> caller = Running.on(true, () -> {
            try (Transport transport = race.run()) {
                return transport.peer().equals(live.address()) && transport.isQuiet();
            }
        });
        live.awaitOpen(1, AMPLE);
        won.countDown();
        assertThat(caller.await()).isTrue();
    }

    /** What an opener does for one address. */
    private enum Script {
        CONNECTS,
        CONNECTS_LATE,
        REFUSES,
        REFUSES_LATE,
        HANGS,
        CANNOT_BE_OPENED
    }

    private Transport play(Script script, Random random, int hole) throws IOException {
        switch (script) {
            case CONNECTS_LATE, REFUSES_LATE -> LockSupport.parkNanos(random.nextInt(4_000_000));
            case CANNOT_BE_OPENED -> throw new java.net.SocketException("Too many open files, as it were");
            default -> {}
        }
        return open(
                switch (script) {
                    case CONNECTS, CONNECTS_LATE -> live.address();
                    case HANGS -> hole(hole);
                    default -> refusing.address();
                });
    }

    @Test
    void whateverHappensInAnyOrderNothingIsLeftBehind() throws Exception {
        Random random = new Random(4);
        Map<String, Integer> outcomes = new HashMap<>();
        for (int round = 0; round < 600; round++) {
            long seed = random.nextLong();
            outcomes.merge(oneAtRandom(new Random(seed)), 1, Integer::sum);
        }
        assertThat(outcomes)
                .as("all that can happen did")
                .containsKeys(
                        "won",
                        DialException.class.getSimpleName(),
                        CutException.class.getSimpleName(),
                        ClosedByInterruptException.class.getSimpleName(),
                        InterruptedException.class.getSimpleName());
    }

    private String oneAtRandom(Random random) throws Exception {
        Transports own = new Transports();
        int n = 1 + random.nextInt(5);
        Map<SocketAddress, Script> scripts = new ConcurrentHashMap<>();
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            InetSocketAddress name = new InetSocketAddress("127.1.0." + (1 + i), 9);
            addresses.add(name);
            scripts.put(name, Script.values()[random.nextInt(Script.values().length)]);
        }
        long seed = random.nextLong();
        Race.Opener opener = address -> {
            int index = addresses.indexOf(address);
            Random mine = new Random(seed + index);
            Script script = scripts.get(address);
            Transport made = play(script, mine, index % holes.size());
            own.add(made); // so that closing them all can be tried without ending the others
            return made;
        };
        Deadline limit = Deadline.after(Duration.ofMillis(2 + random.nextInt(20)));
        Race race = new Race(addresses, limit, opener, order, watchdog, SHORT_STAGGER);
        Running<String> caller = Running.on(random.nextBoolean(), () -> {
            try (Transport transport = race.run()) {
                return "won";
            } catch (DialException e) {
                assertThat(e.attempts()).hasSizeBetween(1, n);
                return e.getClass().getSimpleName();
            } catch (IOException | InterruptedException e) {
                return e.getClass().getSimpleName();
            }
        });
        int disturbance = random.nextInt(3);
        if (disturbance > 0) {
            LockSupport.parkNanos(random.nextInt(6_000_000));
            if (disturbance == 1) {
                caller.thread().interrupt();
            } else {
                own.close();
            }
        }
        String outcome = caller.await();
        Await.until("losers close", () -> open() == 0);
        return outcome;
    }

    @Test
    void theNextAddressGetsNoThreadOnceTheRaceIsOver() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        Race.Opener counting = address -> {
            opened.incrementAndGet();
            return open(address);
        };
        for (int i = 0; i < 50; i++) {
            race(AMPLE, SHORT_STAGGER, counting, live.address(), hole(0)).run().close();
        }
        assertThat(opened.get()).isBetween(50, 100);
        assertThatThrownBy(() ->
                        race(AMPLE, SHORT_STAGGER, counting, refusing.address()).run())
                .isInstanceOf(DialException.class);
    }
}
