package plainweave.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import plainweave.call.Deadline;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.connection.SerialConnection;
import plainweave.dns.DnsCache;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.Observer;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.time.Await;
import plainweave.time.Watchdog;

/** What is kept and for how long, by a clock and a chance that the test sets; the sockets are real. */
class ConnectionPoolTest {
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration LIFETIME = Duration.ofSeconds(1_000);
    private static final Codec<String, String> LINES = Codecs.lines();
    private static final Duration LONGER_THAN_AT_ONCE = Duration.ofNanos(20_000);

    /** Just before it wraps, as nanoTime may at any moment. */
    private final AtomicLong clock =
            new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(30).toNanos());

    private final List<ConnectionClosed> closed = new CopyOnWriteArrayList<>();
    private final List<InUse> inUse = new ArrayList<>();
    private final Watchdog watchdog = new Watchdog("pool-watchdog");
    private final PrioritySemaphore semaphore =
            new PrioritySemaphore(new PrioritySemaphore.Settings(1_000, 1_000, 0, 0), watchdog);
    private DoubleSupplier random = () -> 0;
    private DnsCache dns;
    private ConnectionPool pool;
    private EchoServer server;
    private EchoServer other;

    /** Somebody with a permit and a connection. */
    private final class InUse {
        private final Permit permit;
        private final Held held;

        InUse(Permit permit, Held held) {
            this.permit = permit;
            this.held = held;
            inUse.add(this);
        }

        SerialConnection connection() {
            return held.connection();
        }

        SerialConnection giveBack() {
            held.keep();
            throwAway();
            return connection();
        }

        void throwAway() {
            inUse.remove(this);
            held.close();
            permit.close();
        }
    }

    @BeforeEach
    void open() {
        server = EchoServer.start();
        other = EchoServer.start();
        dns = new DnsCache(new DnsCache.Settings(LIFETIME, LIFETIME), Dns.system(), watchdog, clock::get, answer -> {});
        pool = pool(1_000, 1_000);
    }

    private ConnectionPool pool(int maxIdle, int maxPerEndpoint) {
        return pool(IDLE_TIMEOUT, maxIdle, maxPerEndpoint);
    }

    private ConnectionPool pool(Duration idleTimeout, int maxIdle, int maxPerEndpoint) {
        semaphore.resize(maxPerEndpoint, 1_000);
        Observer observer = new Observer() {
            @Override
            public void closed(ConnectionClosed event) {
                closed.add(event);
            }
        };
        return new ConnectionPool(
                new ConnectionPool.Settings(Duration.ofSeconds(20), idleTimeout, LIFETIME, maxIdle, 4_096),
                PlainDialer.of(dns, watchdog, clock::get, () -> random.getAsDouble()),
                watchdog,
                observer,
                clock::get,
                () -> random.getAsDouble());
    }

    @AfterEach
    void nothingIsLeftBehind() throws InterruptedException {
        List.copyOf(inUse).forEach(InUse::giveBack);
        assertThat(semaphore.counts().out()).as("permits out").isZero();
        pool.close();
        dns.close();
        semaphore.close();
        assertThat(watchdog.timers()).as("timers, one for each socket").isZero();
        server.awaitOpen(0, Await.PATIENCE);
        other.awaitOpen(0, Await.PATIENCE);
        server.close();
        other.close();
        assertThat(pool.counts().open()).isZero();
        assertThat(pool.counts().idle()).isZero();
        assertThat(pool.counts().closed()).isEqualTo(pool.counts().opened()).isEqualTo(closed.size());
        assertThat(pool.endpoints()).isZero();
        watchdog.close();
    }

    private Route route(String session) {
        return new Route(endpoint(server), session);
    }

    private static Endpoint endpoint(EchoServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private Permit permit(Route route) {
        try {
            return semaphore.acquire(route, Priority.NORMAL, false, Deadline.after(Await.PATIENCE));
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("there are permits for all", e);
        }
    }

    private InUse take(Route route) throws IOException, InterruptedException {
        Permit permit = permit(route);
        try {
            return new InUse(permit, pool.take(permit, route, LINES, Deadline.after(Await.PATIENCE), progress()));
        } catch (IOException | InterruptedException | RuntimeException e) {
            permit.close();
            throw e;
        }
    }

    /** So many at once. */
    private List<InUse> take(int count, Route route) throws IOException, InterruptedException {
        List<InUse> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(take(route));
        }
        return all;
    }

    /** Whether there was room for one in reserve, which is then idle. */
    private boolean reserve(Route route, Duration notice) throws IOException, InterruptedException {
        try (Permit permit = permit(route);
                Held held = pool.reserve(permit, route, LINES, notice, Deadline.after(Await.PATIENCE), progress())) {
            if (held != null) {
                held.keep();
            }
            return held != null;
        }
    }

    private static Progress progress() {
        return new Progress(System.nanoTime());
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private void passAndSweep(Duration time) {
        pass(time);
        pool.sweep();
    }

    private List<Reason> reasons() {
        return closed.stream().map(ConnectionClosed::reason).toList();
    }

    @Test
    void whatBecameIdleBeforeIsFoundBehindWhatBecameIdleLast() throws Exception {
        List<SerialConnection> given = new ArrayList<>();
        for (InUse one : take(3, route("s"))) {
            given.add(one.giveBack());
        }
        SerialConnection ofAnother = take(route("t")).giveBack();
        assertThat(take(route("s")).connection()).isSameAs(given.get(2));
        assertThat(take(route("s")).connection()).isSameAs(given.get(1));
        pool.sweep();
        assertThat(take(route("t")).connection()).isSameAs(ofAnother);
        assertThat(take(route("s")).connection()).isSameAs(given.get(0));
        assertThat(pool.counts()).isEqualTo(new ConnectionPool.Counts(4, 0, 4, 0));
    }

    @Test
    void nothingIsLostWhileTwoSessionsAndTheHousekeeperGetInEachOthersWay() throws Exception {
        int calls = 3_000;
        List<Thread> callers = new ArrayList<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 6; i++) {
            Route mine = route(i % 2 == 0 ? "s" : "t");
            callers.add(Thread.startVirtualThread(() -> {
                try {
                    for (int n = 0; n < calls; n++) {
                        call(mine, n % 50 != 0);
                    }
                } catch (Throwable t) {
                    failures.add(t);
                }
            }));
        }
        while (callers.stream().anyMatch(Thread::isAlive)) {
            passAndSweep(IDLE_TIMEOUT.dividedBy(3));
            pool.evict(endpoint(other));
            Thread.yield();
        }
        assertThat(failures).isEmpty();
        ConnectionPool.Counts counts = pool.counts();
        assertThat(counts.idle()).isEqualTo(counts.open()).isBetween(0, 6);
        assertThat(counts.opened()).isLessThan(6L * calls);
        pool.evict(endpoint(server));
        assertThat(pool.counts().open()).isZero();
        assertThat(pool.counts().idle()).isZero();
    }

    private void call(Route route, boolean keep) throws IOException, InterruptedException {
        Permit permit = permit(route);
        try (permit;
                Held held = pool.take(permit, route, LINES, Deadline.after(Await.PATIENCE), progress())) {
            if (keep) {
                held.keep();
            }
        }
    }

    @Test
    void whatNobodyUsedForTheIdleTimeoutIsClosedAndNotAMomentEarlier() throws Exception {
        take(route("s")).giveBack();
        InUse busy = take(2, route("s")).getLast();
        inUse.getFirst().giveBack();
        passAndSweep(IDLE_TIMEOUT.minusNanos(1));
        assertThat(closed).isEmpty();

        passAndSweep(Duration.ofNanos(1));
        assertThat(reasons()).containsExactly(Reason.IDLE);
        assertThat(closed.getFirst().age()).isEqualTo(IDLE_TIMEOUT);
        assertThat(pool.counts()).isEqualTo(new ConnectionPool.Counts(1, 0, 2, 1));

        busy.giveBack();
        passAndSweep(IDLE_TIMEOUT.dividedBy(2));
        take(route("s")).giveBack();
        passAndSweep(IDLE_TIMEOUT.dividedBy(2));
        assertThat(reasons()).as("it counts from the last use").containsExactly(Reason.IDLE);
        assertThat(pool.counts().idle()).isOne();
    }

    @Test
    void whatHasReachedItsLifetimeIsNeitherHandedOutNorKept() throws Exception {
        SerialConnection idle = take(route("s")).giveBack();
        pass(LIFETIME.minusNanos(1));
        InUse busy = take(route("s"));
        assertThat(busy.connection()).isSameAs(idle);

        pass(Duration.ofNanos(1));
        busy.giveBack();
        assertThat(reasons()).as("under load, without the housekeeper").containsExactly(Reason.LIFETIME);

        SerialConnection second = take(route("s")).giveBack();
        pass(LIFETIME);
        assertThat(take(route("s")).connection())
                .as("before the housekeeper came by")
                .isNotSameAs(second);
        assertThat(reasons()).containsExactly(Reason.LIFETIME, Reason.LIFETIME);
    }

    @Test
    void theHousekeeperRetiresOnlyWhatIsIdle() throws Exception {
        InUse busy = take(2, route("s")).getLast();
        inUse.getFirst().giveBack();
        pass(LIFETIME.minus(IDLE_TIMEOUT));
        take(route("s")).giveBack(); // so that it is its age that counts
        passAndSweep(IDLE_TIMEOUT);
        assertThat(closed)
                .singleElement()
                .satisfies(event -> assertThat(event.reason()).isEqualTo(Reason.LIFETIME));
        assertThat(pool.counts().open()).isOne();
        busy.giveBack();
        assertThat(pool.counts().open()).isZero();
    }

    @Test
    void aHundredOpenedTogetherRetireOverAtLeastATenthOfTheirLifetime() throws Exception {
        pool = pool(LIFETIME.multipliedBy(2), 1_000, 1_000);
        random = new Random(1)::nextDouble;
        take(100, route("s")).forEach(InUse::giveBack);
        int mostAtOnce = 0;
        while (pool.counts().open() > 0) {
            int before = closed.size();
            passAndSweep(LIFETIME.dividedBy(1_000));
            mostAtOnce = Math.max(mostAtOnce, closed.size() - before);
        }
        List<Duration> ages = closed.stream().map(ConnectionClosed::age).toList();
        assertThat(reasons()).containsOnly(Reason.LIFETIME).hasSize(100);
        assertThat(Collections.max(ages)).isLessThanOrEqualTo(LIFETIME);
        assertThat(Collections.min(ages))
                .isGreaterThanOrEqualTo(LIFETIME.multipliedBy(7).dividedBy(8));
        assertThat(Collections.max(ages).minus(Collections.min(ages))).isGreaterThanOrEqualTo(LIFETIME.dividedBy(10));
        assertThat(mostAtOnce).as("within a thousandth of their lifetime").isLessThan(10);
    }

    @Test
    void theOneUsedLastIsTakenFirst() throws Exception {
        List<InUse> three = take(3, route("s"));
        SerialConnection first = three.get(1).giveBack();
        SerialConnection second = three.get(2).giveBack();
        SerialConnection third = three.get(0).giveBack();
        assertThat(take(3, route("s")).stream().map(InUse::connection)).containsExactly(third, second, first);
    }

    @Test
    void whatIsOpenAndIdleIsCountedForEachEndpoint() throws Exception {
        Route elsewhere = new Route(endpoint(other), "s");
        take(elsewhere).giveBack();
        List<InUse> three = take(3, route("s"));
        three.get(0).giveBack();
        three.get(1).giveBack();
        Endpoint here = route("s").endpoint();
        assertThat(pool.counts(here)).isEqualTo(new ConnectionPool.Counts(3, 2, 4, 0));
        assertThat(pool.counts(elsewhere.endpoint())).isEqualTo(new ConnectionPool.Counts(1, 1, 4, 0));
        assertThat(pool.counts()).isEqualTo(new ConnectionPool.Counts(4, 3, 4, 0));

        take(route("s"));
        pool.evict(elsewhere.endpoint());
        assertThat(pool.counts(here)).isEqualTo(new ConnectionPool.Counts(3, 1, 4, 1));
        assertThat(pool.counts(elsewhere.endpoint())).isEqualTo(new ConnectionPool.Counts(0, 0, 4, 1));
        assertThat(pool.counts()).isEqualTo(new ConnectionPool.Counts(3, 1, 4, 1));
    }

    @Test
    void sessionsDoNotShareConnections() throws Exception {
        SerialConnection mine = take(route("mine")).giveBack();
        assertThat(take(route("yours")).connection()).isNotSameAs(mine);
        assertThat(take(route("mine")).connection()).isSameAs(mine);
    }

    @Test
    void atTheBoundOfAnEndpointADialClosesTheOneLongestIdle() throws Exception {
        pool = pool(1_000, 3);
        take(new Route(endpoint(other), "s")).giveBack(); // idle for longest, but of another endpoint
        List<InUse> three = take(3, route("s"));
        pass(Duration.ofSeconds(1));
        SerialConnection longest = three.get(1).giveBack();
        pass(Duration.ofSeconds(1));
        SerialConnection second = three.get(2).giveBack();
        pass(Duration.ofSeconds(1));
        SerialConnection third = three.get(0).giveBack();

        InUse dialled = take(route("t"));
        assertThat(reasons()).containsExactly(Reason.SURPLUS);
        assertThat(pool.counts(endpoint(server)).open()).isEqualTo(3);
        assertThat(pool.counts(endpoint(other)).open()).isOne();
        assertThat(take(2, route("s")).stream().map(InUse::connection))
                .doesNotContain(longest)
                .containsExactly(third, second);
        assertThat(dialled.connection()).isNotNull();
    }

    @Test
    void idleConnectionsAreBoundedOverAllEndpointsAndTheOneLongestIdleGoes() throws Exception {
        pool = pool(2, 1_000);
        List<InUse> here = take(2, route("s"));
        InUse there = take(new Route(endpoint(other), "s"));
        pass(Duration.ofSeconds(1));
        there.giveBack();
        pass(Duration.ofSeconds(1));
        SerialConnection second = here.get(1).giveBack();
        assertThat(closed).isEmpty();
        pass(Duration.ofSeconds(1));
        SerialConnection third = here.get(0).giveBack();

        assertThat(reasons()).containsExactly(Reason.SURPLUS);
        assertThat(pool.counts(endpoint(other)).open()).isZero();
        assertThat(pool.counts().idle()).isEqualTo(2);
        assertThat(take(2, route("s")).stream().map(InUse::connection)).containsExactly(third, second);
    }

    @Test
    void evictingAnEndpointClosesWhatIsIdleNowAndWhatIsInUseAfterwardsAndNothingElse() throws Exception {
        SerialConnection elsewhere = take(new Route(endpoint(other), "s")).giveBack();
        InUse busy = take(2, route("s")).getLast();
        inUse.getFirst().giveBack();
        take(route("t")).giveBack();

        pool.evict(endpoint(server));
        assertThat(reasons()).containsExactly(Reason.EVICTED, Reason.EVICTED);
        assertThat(pool.counts(endpoint(server))).isEqualTo(new ConnectionPool.Counts(1, 0, 4, 2));

        SerialConnection fresh = take(route("s")).giveBack();
        busy.giveBack();
        assertThat(reasons()).containsExactly(Reason.EVICTED, Reason.EVICTED, Reason.EVICTED);
        assertThat(take(route("s")).connection()).as("opened afterwards").isSameAs(fresh);
        assertThat(take(new Route(endpoint(other), "s")).connection()).isSameAs(elsewhere);
    }

    @Test
    void anEndpointTakesMemoryOnlyWhileItHasAConnection() throws Exception {
        List<EchoServer> servers = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                servers.add(EchoServer.start());
                Route first = new Route(endpoint(servers.getLast()), "s");
                Route second = new Route(endpoint(servers.getLast()), "t");
                take(first).giveBack();
                take(second).giveBack();
                InUse thrown = take(second);
                pool.keepAtLeast(new ConnectionPool.Kind(second, false), 1);
                thrown.throwAway();
                pool.keepAtLeast(new ConnectionPool.Kind(second, false), 0);
            }
            assertThat(pool.endpoints()).isEqualTo(20);
            assertThat(pool.routes()).isEqualTo(20);
            try (var refusing = FaultServer.refusing()) {
                Route dead = new Route(Endpoint.of(refusing.host(), refusing.port()), "s");
                assertThatThrownBy(() -> take(dead)).isInstanceOf(IOException.class);
            }
            assertThat(pool.endpoints()).as("none for the one that refused").isEqualTo(20);
            passAndSweep(IDLE_TIMEOUT);
            assertThat(pool.endpoints()).isZero();
            assertThat(pool.routes()).isZero();
        } finally {
            servers.forEach(EchoServer::close);
        }
    }

    @Test
    void theHousekeeperLeavesTheMinimumHoweverLongItIsIdle() throws Exception {
        pool.keepAtLeast(new ConnectionPool.Kind(route("s"), false), 2);
        take(4, route("s")).forEach(InUse::giveBack);
        take(2, route("t")).forEach(InUse::giveBack);
        passAndSweep(IDLE_TIMEOUT);
        assertThat(pool.up(new ConnectionPool.Kind(route("s"), false), Duration.ZERO))
                .isEqualTo(2);
        assertThat(pool.up(new ConnectionPool.Kind(route("t"), false), Duration.ZERO))
                .isZero();
        assertThat(reasons()).containsOnly(Reason.IDLE).hasSize(4);

        pool.keepAtLeast(new ConnectionPool.Kind(route("s"), false), 0);
        pool.sweep();
        assertThat(pool.counts().open()).isZero();
    }

    @Test
    void oneOfTheMinimumGoesAtItsLifetimeOnlyOnceAnotherHasTakenItsPlace() throws Exception {
        Duration notice = LIFETIME.dividedBy(10);
        pool.keepAtLeast(new ConnectionPool.Kind(route("s"), false), 2);
        take(2, route("s")).forEach(InUse::giveBack);
        pass(LIFETIME.minus(notice));
        assertThat(pool.up(new ConnectionPool.Kind(route("s"), false), notice))
                .as("they are about to go")
                .isZero();
        assertThat(reserve(route("s"), notice)).isTrue();
        passAndSweep(notice);
        assertThat(pool.counts().idle()).as("two too old, one fresh").isEqualTo(3);
        assertThat(reserve(route("s"), notice)).isTrue();
        pool.sweep();
        assertThat(reasons()).containsExactly(Reason.LIFETIME, Reason.LIFETIME);
        assertThat(pool.up(new ConnectionPool.Kind(route("s"), false), notice)).isEqualTo(2);
    }

    @Test
    void aReserveMakesRoomOnlyByWhatIsNeitherNeededNorFresh() throws Exception {
        Duration notice = LIFETIME.dividedBy(10);
        pool = pool(1_000, 2);
        take(2, route("s")).forEach(InUse::giveBack);
        assertThat(reserve(route("s"), notice)).as("both are fresh").isFalse();
        assertThat(pool.counts()).isEqualTo(new ConnectionPool.Counts(2, 2, 2, 0));

        pool.keepAtLeast(new ConnectionPool.Kind(route("s"), false), 2);
        assertThat(reserve(route("t"), notice)).as("both are needed").isFalse();
        pool.keepAtLeast(new ConnectionPool.Kind(route("s"), false), 1);
        assertThat(reserve(route("t"), notice)).as("one is not needed").isTrue();
        assertThat(pool.up(new ConnectionPool.Kind(route("s"), false), Duration.ZERO))
                .isOne();

        pass(LIFETIME.minus(notice));
        assertThat(reserve(route("s"), notice)).as("one is about to go").isTrue();
        assertThat(pool.up(new ConnectionPool.Kind(route("s"), false), notice)).isOne();
        assertThat(pool.counts(endpoint(server)).open()).isEqualTo(2);
    }

    @Test
    void whatIsAsOldAsAStaleOneGoesWithItAndWhatIsYoungerStays() throws Exception {
        InUse stale = take(2, route("s")).getLast();
        inUse.getFirst().giveBack();
        take(route("t")).giveBack();
        pass(Duration.ofSeconds(1));
        List<InUse> two = take(2, route("s")); // one of them as old, the other younger
        two.forEach(InUse::giveBack);
        assertThat(pool.counts().idle()).isEqualTo(3);

        pool.dropAsOldAs(stale.held);
        assertThat(reasons()).containsExactly(Reason.STALE);
        assertThat(pool.up(new ConnectionPool.Kind(route("t"), false), Duration.ZERO))
                .as("of another session")
                .isOne();
        assertThat(take(route("s")).connection()).isSameAs(two.getLast().connection());
    }

    @Test
    void oneThatThePeerClosedIsNotHandedOut() throws Exception {
        FaultServer.Gate leave = FaultServer.gate();
        FaultServer.Gate said = FaultServer.gate();
        try (FaultServer leaving = FaultServer.start(FaultServer.script()
                .await(leave)
                .then(FaultServer.script().reply("unasked\n").open(said).stall())
                .then(FaultServer.script().stall()))) {
            Route route = new Route(Endpoint.of(leaving.host(), leaving.port()), "s");
            List<InUse> two = take(2, route);
            SerialConnection left = two.get(0).giveBack();
            SerialConnection spoke = two.get(1).giveBack();
            said.await(Await.PATIENCE);
            leave.open();
            leaving.awaitOpen(1, Await.PATIENCE);
            pass(LONGER_THAN_AT_ONCE);
            InUse third = take(route);
            assertThat(third.connection()).isNotIn(left, spoke);
            assertThat(reasons()).containsExactly(Reason.STALE, Reason.STALE);
            third.throwAway();
        }
    }

    @Test
    void oneTakenAgainAtOnceIsNotProbedAsIfItHadBeenHandedOn() throws Exception {
        FaultServer.Gate said = FaultServer.gate();
        try (FaultServer speaking = FaultServer.start(
                FaultServer.script().reply("unasked\n").open(said).stall())) {
            Route route = new Route(Endpoint.of(speaking.host(), speaking.port()), "s");
            SerialConnection spoke = take(route).giveBack();
            said.await(Await.PATIENCE);

            InUse atOnce = take(route);
            assertThat(atOnce.giveBack()).isSameAs(spoke);
            pass(LONGER_THAN_AT_ONCE);
            InUse later = take(route);
            assertThat(later.connection()).isNotSameAs(spoke);
            later.throwAway();
        }
    }

    @Test
    void anInterruptedTakerLeavesTheConnectionForOthers() throws Exception {
        SerialConnection idle = take(route("s")).giveBack();
        Permit permit = permit(route("s"));
        try {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> pool.take(permit, route("s"), LINES, Deadline.after(Await.PATIENCE), progress()))
                    .isInstanceOf(InterruptedException.class);
        } finally {
            assertThat(Thread.interrupted()).isFalse();
            permit.close();
        }
        assertThat(closed).isEmpty();
        assertThat(take(route("s")).connection()).isSameAs(idle);
    }

    @Test
    void onceItStopsKeepingWhatComesBackIsClosed() throws Exception {
        InUse busy = take(2, route("s")).getLast();
        inUse.getFirst().giveBack();
        pool.stopKeeping();
        assertThat(reasons()).containsExactly(Reason.CLIENT_CLOSED);
        busy.connection().exchange(LINES, "x", false, Deadline.after(Await.PATIENCE), progress());
        busy.giveBack();
        assertThat(reasons()).containsExactly(Reason.CLIENT_CLOSED, Reason.CLIENT_CLOSED);
        assertThat(server.bytes()).isEqualTo("x\n".getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void nothingIsKeptThatTheHousekeeperWasPuttingAwayWhenTheClientClosed() throws Exception {
        for (int round = 0; round < 200; round++) {
            pool.close();
            pool = pool(1_000, 1_000);
            closed.clear();
            for (InUse one : take(8, route("s"))) {
                one.giveBack();
            }
            CyclicBarrier together = new CyclicBarrier(2);
            ConnectionPool sweeping = pool;
            Thread housekeeper = Thread.ofPlatform().start(() -> {
                await(together);
                sweeping.sweep();
            });
            Thread user = Thread.ofPlatform().start(() -> {
                await(together);
                sweeping.stopKeeping();
            });
            housekeeper.join();
            user.join();
            assertThat(pool.counts().idle()).isZero();
            assertThat(pool.counts().open()).isZero();
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
        }
    }
}
