package plainweave.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Lease;
import plainweave.call.UnreachableException;
import plainweave.it.Eventually;
import plainweave.observe.ClientStats;
import plainweave.observe.Leaked;
import plainweave.observe.Observer;

/**
 * A mixed load with random faults: every call ends as its fault allows, and afterwards nothing is missing and nothing left over.
 * {@code -Dsoak.seconds} says how long; a failure tells its seed, which {@code -Dsoak.seed} repeats as far as threads let it.
 */
class SoakIT {
    private static final int SECONDS = Integer.getInteger("soak.seconds", 20);
    private static final long SEED = Long.getLong("soak.seed", System.nanoTime());
    private static final int VIRTUAL_CALLERS = 160;
    private static final int PLATFORM_CALLERS = 24;
    private static final int PERMITS = 16;
    private static final int MOST_WARM = 3;
    private static final int FAULTS_PER_MINUTE = 100;
    private static final double MOST_HEAP_GROWTH_MIB = 8;

    // What is provoked here is asserted, not logged; held here, because loggers are collected with their level.
    private static final Logger QUIET = Logger.getLogger("plainweave");

    private final LongAdder lost = new LongAdder();
    private final LongAdder leaked = new LongAdder();

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void everyCallEndsAsItsFaultAllowsAndNothingIsLeftBehind() throws Exception {
        QUIET.setLevel(Level.OFF);
        Footprint atStart = Footprint.now();
        try (Client client = client();
                SoakTargets targets = new SoakTargets(client)) {
            // What the JVM makes once for all is not growth.
            Outcomes warmUp = run(targets, Math.clamp(SECONDS / 10, 3, 30), SEED + 1);
            rest(targets);
            closeIdle(targets);
            Footprint before = Footprint.now();

            Outcomes outcomes = run(targets, SECONDS, SEED);
            String atRest = rest(targets);
            ClientStats stats = client.stats();
            closeIdle(targets);
            Eventually.comesAbout(() -> Footprint.now().descriptorGrowth(before) == 0);
            Footprint after = Footprint.now();
            System.out.println("soak met " + outcomes.faults());
            System.out.printf(
                    Locale.ROOT,
                    "soak %s lost_permits=%d fd_growth=%d heap_growth_mib=%.1f%n",
                    outcomes,
                    stats.permitsOut(),
                    after.descriptorGrowth(before),
                    after.heapGrowthMib(before));

            assertThat(outcomes.wrong() + warmUp.wrong()).as("wrong replies").isZero();
            assertThat(outcomes.unexpected() + warmUp.unexpected())
                    .as("unexpected endings")
                    .isZero();
            assertThat(outcomes.ok()).as("ok").isGreaterThanOrEqualTo(outcomes.calls() * 9 / 10);
            assertThat(Fault.PROVOKED)
                    .allSatisfy(fault -> assertThat(outcomes.met(fault))
                            .as("calls that met %s", fault)
                            .isGreaterThanOrEqualTo(SECONDS * FAULTS_PER_MINUTE / 60));
            assertThat(atRest).as("what is not at rest").isEmpty();
            assertThat(after.descriptorGrowth(before)).as("descriptors").isZero();
            assertThat(after.heapGrowthMib(before)).as("heap").isLessThanOrEqualTo(MOST_HEAP_GROWTH_MIB);
        } catch (Throwable t) {
            System.out.println("soak failed: -Dsoak.seconds=" + SECONDS + " -Dsoak.seed=" + SEED + " repeats it");
            throw t;
        }
        assertThat(atStart.threadsSince()).as("threads left").isEmpty();
    }

    private Client client() {
        return Client.create(ClientOptions.builder()
                .permitsPerEndpoint(PERMITS)
                .permitsTotal(4 * PERMITS)
                .maxIdle(3 * PERMITS)
                .maxFrame(Wire.MAX_FRAME)
                .idleTimeout(Duration.ofSeconds(1))
                .maxLifetime(Duration.ofSeconds(3))
                .timeout(Duration.ofSeconds(20))
                .silence(Duration.ofSeconds(20))
                .observer(new Observer() {
                    @Override
                    public void leaked(Leaked event) {
                        leaked.increment();
                    }
                })
                .build());
    }

    private Outcomes run(SoakTargets targets, int seconds, long seed) throws Exception {
        Outcomes outcomes = new Outcomes();
        SplittableRandom random = new SplittableRandom(seed);
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(seconds);
        try (ScheduledExecutorService clock = Executors.newScheduledThreadPool(4)) {
            List<Thread> callers = new ArrayList<>();
            for (int number = 0; number < VIRTUAL_CALLERS + PLATFORM_CALLERS; number++) {
                Thread.Builder kind = number < VIRTUAL_CALLERS
                        ? Thread.ofVirtual()
                        : Thread.ofPlatform().daemon();
                SoakCaller caller = new SoakCaller(targets, outcomes, clock, number, random.split(), end);
                callers.add(kind.name("caller-" + number).start(caller));
            }
            disturb(targets, outcomes, clock, random);
            clock.scheduleAtFixedRate(
                    () -> System.out.println(
                            "soak " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s " + outcomes),
                    30,
                    30,
                    TimeUnit.SECONDS);
            for (Thread caller : callers) {
                join(caller, Duration.ofNanos(end - System.nanoTime()).plusSeconds(60));
            }
        }
        SoakTargets.Target unsteady = targets.goingDown();
        unsteady.peer().comeUp();
        // Or the first burst of calls after a pause would fail: an outage is remembered until somebody has looked.
        assertThat(Eventually.comesAbout(() -> isReached(unsteady)))
                .as("a peer that came up is found")
                .isTrue();
        return outcomes;
    }

    private static boolean isReached(SoakTargets.Target target) {
        try (Lease lease = target.remote(Wire.NOBODY).lease()) {
            return true;
        } catch (UnreachableException e) {
            return false;
        }
    }

    /** Meanwhile others evict, warm and lose leases, and one peer goes down and comes up. */
    private void disturb(
            SoakTargets targets, Outcomes outcomes, ScheduledExecutorService clock, SplittableRandom random) {
        SplittableRandom evicting = random.split();
        every(
                100,
                clock,
                outcomes,
                () -> targets.client().evict(targets.any(evicting).peer().endpoint()));
        SplittableRandom warming = random.split();
        every(100, clock, outcomes, () -> {
            SoakTargets.Target target = targets.steady(warming);
            target.remote(target.user(warming)).warm(warming.nextInt(MOST_WARM + 1));
        });
        SplittableRandom losing = random.split();
        every(2_000, clock, outcomes, () -> {
            lose(targets.steady(losing));
            System.gc(); // or the lease would hold its permit for as long as there is room on the heap
        });
        FaultyPeer unsteady = targets.goingDown().peer();
        every(3_000, clock, outcomes, () -> {
            unsteady.goDown();
            clock.schedule(() -> comeUp(unsteady, outcomes), 300, TimeUnit.MILLISECONDS);
        });
    }

    private static void comeUp(FaultyPeer peer, Outcomes outcomes) {
        try {
            peer.comeUp();
        } catch (Exception e) {
            outcomes.unexpected("a peer that cannot come up", e);
        }
    }

    private interface Deed {
        void run() throws Exception;
    }

    private static void every(int millis, ScheduledExecutorService clock, Outcomes outcomes, Deed deed) {
        Runnable told = () -> {
            try {
                deed.run();
            } catch (Throwable t) {
                if (!clock.isShutdown()) {
                    outcomes.unexpected("this beside the calls", t);
                }
            }
        };
        clock.scheduleAtFixedRate(told, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void lose(SoakTargets.Target target) {
        Lease neverClosed = target.remote(Wire.NOBODY).lease();
        assertThat(neverClosed.endpoint()).isEqualTo(target.peer().endpoint());
        lost.increment();
    }

    private static void join(Thread caller, Duration atMost) throws InterruptedException {
        if (!caller.join(atMost)) {
            AssertionError stuck = new AssertionError(caller.getName() + " has not ended");
            stuck.setStackTrace(caller.getStackTrace());
            throw stuck;
        }
    }

    /** Waits until no permit is out, nobody waits, and the only sockets open are idle in the pool; tells if it is not so. */
    private String rest(SoakTargets targets) {
        Client client = targets.client();
        for (SoakTargets.Target target : targets.all()) {
            target.remotes().forEach(remote -> remote.warm(0));
        }
        boolean atRest = Eventually.comesAbout(() -> {
            System.gc(); // leases that were lost last
            ClientStats stats = client.stats();
            return stats.permitsOut() == 0
                    && stats.waiting() == 0
                    && stats.connectionsInUse() == 0
                    && stats.connectionsIdle() == targets.open()
                    && leaked.sum() == lost.sum();
        });
        return atRest
                ? ""
                : targets.open() + " open at the peers, " + leaked + " of " + lost + " lost leases found, client: "
                        + client.dump();
    }

    private static void closeIdle(SoakTargets targets) {
        targets.all().forEach(target -> targets.client().evict(target.peer().endpoint()));
        Eventually.comesAbout(() -> targets.open() == 0);
    }
}
