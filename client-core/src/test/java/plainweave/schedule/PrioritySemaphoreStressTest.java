package plainweave.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Limit;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.time.Await;
import plainweave.time.Watchdog;

/** Many callers that give up in every way: what is out never exceeds a bound, and all of it comes back. */
class PrioritySemaphoreStressTest {
    private static final int CALLERS = 200;
    private static final int ROUNDS = 150;
    private static final int PER_ENDPOINT = 3;
    private static final int TOTAL = 7;
    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);

    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    private final List<Place> places = new ArrayList<>();
    private final AtomicInteger inUse = new AtomicInteger();
    private final AtomicInteger connectionsMade = new AtomicInteger();

    /** A route with a store of its own; two places share an endpoint. */
    private final class Place {
        private final Route route;
        private final AtomicInteger usersOfEndpoint;
        private final ConcurrentLinkedDeque<Connection> store = new ConcurrentLinkedDeque<>();

        private Place(Route route, AtomicInteger usersOfEndpoint) {
            this.route = route;
            this.usersOfEndpoint = usersOfEndpoint;
        }
    }

    /** Only ever in one hand, one slot or one store. */
    private final class Connection implements Slot {
        private final Place place;
        private final AtomicReference<Object> holder = new AtomicReference<>();

        private Connection(Place place) {
            this.place = place;
            connectionsMade.incrementAndGet();
        }

        @Override
        public boolean fits(Route route) {
            return place.route.equals(route);
        }

        @Override
        public void store(int limit) {
            if (holder.get() != null) {
                wrong.add("a connection was stored that somebody holds");
            }
            place.store.push(this);
        }
    }

    /** What becomes of the limits meanwhile. */
    private enum Limits {
        FIXED,
        RESIZED,
        ADAPTIVE
    }

    private static PrioritySemaphore.Settings settings(Limits limits) {
        Map<Priority, Integer> reserved = limits == Limits.FIXED ? Map.of() : Map.of(Priority.URGENT, 1);
        return new PrioritySemaphore.Settings(
                PER_ENDPOINT, TOTAL, 20, 50, reserved, false, limits == Limits.ADAPTIVE ? most -> new Moody() : null);
    }

    private static final class Moody implements Limit {
        @Override
        public int permits() {
            return ThreadLocalRandom.current().nextInt(PER_ENDPOINT + 2);
        }

        @Override
        public void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost) {}
    }

    @ParameterizedTest
    @EnumSource
    void permitsAndConnectionsAreConservedWhateverCallersDo(Limits limits) throws Exception {
        try (Watchdog watchdog = new Watchdog("stress-watchdog");
                PrioritySemaphore semaphore = new PrioritySemaphore(settings(limits), watchdog)) {
            for (int port = 1; port <= 4; port++) {
                AtomicInteger users = new AtomicInteger();
                places.add(new Place(new Route(Endpoint.of("host", port), "a"), users));
                places.add(new Place(new Route(Endpoint.of("host", port), "b"), users));
            }
            LongAdder granted = new LongAdder();
            LongAdder timedOut = new LongAdder();
            LongAdder interrupted = new LongAdder();
            LongAdder refused = new LongAdder();
            LongAdder shed = new LongAdder();
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(Thread.ofVirtual().unstarted(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        try {
                            useOnce(semaphore);
                            granted.increment();
                        } catch (TimeoutException e) {
                            timedOut.increment();
                        } catch (InterruptedException e) {
                            interrupted.increment();
                        } catch (RejectedExecutionException e) {
                            (String.valueOf(e.getMessage()).startsWith("made room") ? shed : refused).increment();
                        }
                    }
                }));
            }
            callers.forEach(Thread::start);
            Random random = new Random();
            while (callers.stream().anyMatch(Thread::isAlive)) {
                callers.get(random.nextInt(CALLERS)).interrupt();
                if (limits == Limits.RESIZED) {
                    semaphore.resize(
                            1 + random.nextInt(PER_ENDPOINT), PER_ENDPOINT + random.nextInt(TOTAL - PER_ENDPOINT));
                }
                Thread.yield();
            }

            assertThat(wrong).isEmpty();
            PrioritySemaphore.Counts counts = semaphore.counts();
            assertThat(counts.out()).as("permits out").isZero();
            assertThat(counts.waiting()).as("callers waiting").isZero();
            assertThat(counts.endpoints()).as("endpoints known").isZero();
            assertThat(counts.maxOut()).as("most permits out").isBetween(1, TOTAL);
            assertThat(granted.sum() + timedOut.sum() + interrupted.sum() + refused.sum() + shed.sum())
                    .isEqualTo((long) CALLERS * ROUNDS);
            assertThat(List.of(granted.sum(), timedOut.sum(), interrupted.sum(), refused.sum(), shed.sum()))
                    .as("granted, timed out, interrupted, refused, shed: each way was taken")
                    .allMatch(count -> count > 0);
            int stored = places.stream().mapToInt(place -> place.store.size()).sum();
            assertThat(stored).as("connections stored of those made").isEqualTo(connectionsMade.get());
        }
    }

    private void useOnce(PrioritySemaphore semaphore) throws InterruptedException, TimeoutException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Place place = places.get(random.nextInt(places.size()));
        Priority priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
        Deadline deadline = Deadline.after(Duration.ofNanos(1 + random.nextLong(4_000_000)));
        try (Permit permit = semaphore.acquire(place.route, priority, false, deadline)) {
            int here = place.usersOfEndpoint.incrementAndGet();
            int all = inUse.incrementAndGet();
            if (here > PER_ENDPOINT || all > TOTAL) {
                wrong.add("in use at one endpoint " + here + ", altogether " + all);
            }
            Slot left = permit.takeSlot();
            Connection connection = left == null ? place.store.poll() : (Connection) left;
            if (connection == null) {
                connection = new Connection(place);
            }
            if (connection.place != place) {
                wrong.add("a connection came to another route");
            }
            if (!connection.holder.compareAndSet(null, permit)) {
                wrong.add("a connection has two holders");
            }
            for (int yields = random.nextInt(4); yields > 0; yields--) {
                Thread.yield();
            }
            connection.holder.set(null);
            inUse.decrementAndGet();
            place.usersOfEndpoint.decrementAndGet();
            permit.leave(connection);
        }
        if (semaphore.adapts()) {
            semaphore.served(place.route.endpoint(), random.nextLong(1_000), random.nextBoolean());
        }
    }

    /** Each wait ends by what it was promised, though thousands are in line with deadlines in no order. */
    @Test
    void thousandsOfDeadlinesInNoOrderAllEndTheirWaits() throws Exception {
        try (Watchdog watchdog = new Watchdog("stress-watchdog");
                PrioritySemaphore semaphore =
                        new PrioritySemaphore(new PrioritySemaphore.Settings(1, 1, 10_000, 10_000), watchdog)) {
            Route route = new Route(Endpoint.of("host", 1), "");
            Permit permit = semaphore.acquire(route, Priority.NORMAL, false, Deadline.after(Await.PATIENCE));
            LongAdder timedOut = new LongAdder();
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                Deadline deadline = Deadline.after(
                        Duration.ofMillis(ThreadLocalRandom.current().nextInt(1, 400)));
                callers.add(Thread.startVirtualThread(() -> {
                    try {
                        semaphore
                                .acquire(route, Priority.NORMAL, false, deadline)
                                .close();
                        wrong.add("got a permit that is out");
                    } catch (TimeoutException e) {
                        if (!deadline.expired()) {
                            wrong.add("too early");
                        }
                        timedOut.increment();
                    } catch (InterruptedException e) {
                        wrong.add("interrupted");
                    }
                }));
            }
            for (Thread caller : callers) {
                Await.ended(caller);
            }

            assertThat(wrong).isEmpty();
            assertThat(timedOut.sum()).isEqualTo(5_000);
            assertThat(semaphore.counts().waiting()).isZero();
            permit.close();
        }
    }
}
