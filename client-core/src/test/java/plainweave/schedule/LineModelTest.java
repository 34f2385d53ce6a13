package plainweave.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;

/**
 * The line against a list that is scanned from one end to the other, over random schedules with a virtual clock. After
 * every step both must say the same, and what the line promises is counted anew from the list.
 *
 * <p>{@code -Dline.schedules=1000000} makes ten times as many; a failure names the seed, and {@code -Dline.seed} with
 * {@code -Dline.schedules=1} repeats that schedule alone.
 */
class LineModelTest {
    private static final int SCHEDULES = Integer.getInteger("line.schedules", 100_000);
    private static final long SEED = Long.getLong("line.seed", System.nanoTime());
    private static final long SECOND = 1_000_000_000L;
    private static final List<Endpoint> ENDPOINTS = List.of(
            Endpoint.of("a", 1), Endpoint.of("b", 1), Endpoint.of("c", 1), Endpoint.of("d", 1), Endpoint.of("e", 1));
    private static final List<Route> ROUTES =
            ENDPOINTS.stream().map(endpoint -> new Route(endpoint, "")).toList();
    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);

    @Test
    void anyScheduleAgreesWithAPlainList() {
        Tally tally = new Tally();
        for (int i = 0; i < SCHEDULES; i++) {
            new Schedule(SEED + i, tally).run();
        }
        if (SCHEDULES >= 10_000) {
            tally.requireAllSeen();
        }
    }

    /** That the random schedules reach every corner is a claim too. */
    private static final class Tally {
        private final Map<String, Integer> seen = new HashMap<>();

        private void saw(String what) {
            seen.merge(what, 1, Integer::sum);
        }

        private void requireAllSeen() {
            for (String what : List.of(
                    "granted at once",
                    "queued",
                    "endpoint queue full",
                    "total queue full",
                    "displaced at the endpoint",
                    "displaced at another endpoint",
                    "hopeless",
                    "permits are left for higher priorities",
                    "a limit grew and several were let go",
                    "a limit shrank below what is out",
                    "cancelled",
                    "cancelled too late",
                    "expired",
                    "several expired at once",
                    "handed on to the same endpoint",
                    "handed on to another endpoint",
                    "released to nobody",
                    "released to nobody while others wait behind a hung endpoint",
                    "a later arrival went first",
                    "too late for an exchange",
                    "a lease that may not start was passed",
                    "cleared")) {
                if (seen.getOrDefault(what, 0) < 100) {
                    throw new AssertionError(what + ": seen only " + seen.get(what) + " times of " + seen);
                }
            }
        }
    }

    private record Out(Desk desk, boolean exclusive) {}

    private record Waiting(
            Endpoint endpoint, boolean exclusive, long claim, long deadline, long arrival, Waiter waiter) {
        private long headStart() {
            return waiter.priority.headStartNanos();
        }

        private boolean isLessWorthyThan(Waiting other) {
            return headStart() != other.headStart() ? headStart() < other.headStart() : arrival > other.arrival;
        }

        private boolean goesBefore(Waiting other) {
            return claim != other.claim ? claim - other.claim < 0 : arrival < other.arrival;
        }
    }

    private static final class Schedule {
        private final long seed;
        private final Tally tally;
        private final Random random;
        private final PrioritySemaphore.Settings bounds;
        private final Line line;
        private final int endpoints;
        private final Set<Endpoint> hung = new HashSet<>();
        private final Map<Endpoint, Integer> limits = new HashMap<>();
        private int total;

        // The model: who waits, in order of arrival; who has left; which permits are out.
        private final List<Waiting> list = new ArrayList<>();
        private final List<Waiting> gone = new ArrayList<>();
        private final List<Out> permits = new ArrayList<>();
        private long now;
        private long arrivals;

        private Schedule(long seed, Tally tally) {
            this.seed = seed;
            this.tally = tally;
            this.random = new Random(seed);
            int perEndpoint = 1 + random.nextInt(5);
            this.total = 1 + random.nextInt(6);
            int queueTotal = random.nextInt(12);
            Map<Priority, Integer> reserved = new HashMap<>();
            if (random.nextBoolean()) {
                PRIORITIES.forEach(priority -> reserved.put(priority, random.nextInt(perEndpoint + 1)));
            }
            this.bounds = new PrioritySemaphore.Settings(
                    perEndpoint, total, random.nextInt(7), queueTotal, reserved, random.nextInt(3) == 0, null);
            ENDPOINTS.forEach(endpoint -> limits.put(endpoint, perEndpoint));
            this.line = new Line(bounds);
            this.endpoints = 1 + random.nextInt(ENDPOINTS.size());
            if (endpoints > 1 && random.nextBoolean()) {
                hung.add(ENDPOINTS.get(0));
            }
            // The scale of nanoTime has no origin: it may be negative, and it may overflow while we wait.
            this.now = switch (random.nextInt(4)) {
                case 0 -> Long.MAX_VALUE - random.nextLong(20 * SECOND);
                case 1 -> -random.nextLong(20 * SECOND);
                default -> random.nextLong();
            };
        }

        private void run() {
            int steps = 10 + random.nextInt(40);
            for (int step = 0; step < steps; step++) {
                now += random.nextInt(4) == 0 ? random.nextLong(6 * SECOND) : random.nextLong(1_000_000);
                int dice = random.nextInt(100);
                if (dice < 45) {
                    arrive();
                } else if (dice < 75) {
                    release();
                } else if (dice < 87) {
                    cancel();
                } else if (dice < 94) {
                    expire();
                } else if (dice < 98) {
                    resize();
                } else {
                    clear();
                }
                checkInvariants();
            }
            finish();
        }

        private void finish() {
            clear();
            hung.clear();
            while (!permits.isEmpty()) {
                release();
            }
            checkInvariants();
            check(line.endpoints() == 0, "desks are left");
        }

        private void arrive() {
            int at = random.nextInt(endpoints);
            Endpoint endpoint = ENDPOINTS.get(at);
            Desk desk = line.desk(endpoint, limits.get(endpoint));
            check(desk.endpoint.equals(endpoint), "a desk of another endpoint");
            boolean exclusive = random.nextInt(3) == 0;
            Priority priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
            boolean free = permits.size() < total && mayStart(endpoint, priority, exclusive);
            check(
                    line.tryGrant(desk, priority, exclusive) == free,
                    "granted though none is free, or refused though one is");
            if (free) {
                permits.add(new Out(desk, exclusive));
                tally.saw("granted at once");
                return;
            }
            if (permits.size() < total && out(endpoint) < limits.get(endpoint) && !exclusive) {
                tally.saw("permits are left for higher priorities");
            }
            // Instants from a coarse clock, so that equal claims come up.
            long arrived = now - Math.floorMod(now, SECOND / 2);
            long claim = arrived - priority.headStartNanos();
            long deadline = now + (random.nextInt(10) == 0 ? Long.MAX_VALUE / 2 : random.nextLong(20 * SECOND));
            Waiter waiter =
                    new Waiter(ROUTES.get(at), priority, exclusive, desk, claim, deadline, Thread.currentThread());
            check(waiter.found == waiting(endpoint), "found another number waiting");
            Line.Answer answer = line.offer(waiter, now);
            if (answer == Line.Answer.HOPELESS) {
                check(bounds.refuseHopeless(), "refused as hopeless though nobody asked for that");
                check(
                        list.stream()
                                .anyMatch(w -> w.endpoint == endpoint && w.headStart() >= priority.headStartNanos()),
                        "refused as hopeless with nobody ahead");
                tally.saw("hopeless");
                return;
            }
            boolean endpointFull = waiting(endpoint) >= bounds.queuePerEndpoint();
            Waiting displaced = null;
            if (endpointFull || list.size() >= bounds.queueTotal()) {
                for (Waiting one : list) {
                    if ((!endpointFull || one.endpoint == endpoint)
                            && (displaced == null || one.isLessWorthyThan(displaced))) {
                        displaced = one;
                    }
                }
                if (displaced == null || displaced.headStart() >= priority.headStartNanos()) {
                    check(
                            answer == (endpointFull ? Line.Answer.ENDPOINT_QUEUE_FULL : Line.Answer.TOTAL_QUEUE_FULL),
                            "let into a full queue");
                    check(waiter.displaced == null, "somebody had to go for one who was refused");
                    tally.saw(endpointFull ? "endpoint queue full" : "total queue full");
                    return;
                }
                tally.saw(
                        displaced.endpoint == endpoint ? "displaced at the endpoint" : "displaced at another endpoint");
                leaves(displaced);
            }
            check(answer == Line.Answer.QUEUED, "refused though there is room");
            check(
                    waiter.displaced == (displaced == null ? null : displaced.waiter),
                    "another one had to go than should have");
            list.add(new Waiting(endpoint, exclusive, claim, deadline, arrivals++, waiter));
            tally.saw("queued");
        }

        private void resize() {
            int before = permits.size();
            if (random.nextBoolean()) {
                total = 1 + random.nextInt(6);
                line.limitTotal(total);
            } else {
                Endpoint endpoint = ENDPOINTS.get(random.nextInt(endpoints));
                limits.put(endpoint, 1 + random.nextInt(6));
                Desk desk = line.existingDesk(endpoint);
                if (desk != null) {
                    line.limit(desk, limits.get(endpoint));
                }
                if (out(endpoint) > limits.get(endpoint)) {
                    tally.saw("a limit shrank below what is out");
                }
            }
            while (handOn() != null) {
                // everybody who may go now
            }
            if (permits.size() > before + 1) {
                tally.saw("a limit grew and several were let go");
            }
        }

        /** The line and the model each say who is next; null if nobody. */
        private Waiting handOn() {
            Waiting next = null;
            for (Waiting waiting : list) {
                boolean may = mayStart(waiting.endpoint, waiting.waiter.priority, waiting.exclusive);
                if (permits.size() < total && may && (next == null || waiting.goesBefore(next))) {
                    next = waiting;
                }
            }
            List<Waiter> tooLate = new ArrayList<>();
            while (next != null && !next.exclusive && next.waiter.desk.isTooLateFor(next.waiter, now)) {
                Waiting behind = nextOfItsLane(next);
                if (behind == null) {
                    break;
                }
                tooLate.add(next.waiter);
                leaves(next);
                next = behind;
                tally.saw("too late for an exchange");
            }
            Waiter heir = line.next(now);
            check(line.sentAway().equals(tooLate), "others were too late than should have been");
            check(heir == (next == null ? null : next.waiter), "the permit went to the wrong one");
            if (next != null) {
                leaves(next);
                permits.add(new Out(next.waiter.desk, next.exclusive));
            }
            return next;
        }

        /** The next of its priority at its endpoint who does not want a lease. */
        private @Nullable Waiting nextOfItsLane(Waiting before) {
            Waiting next = null;
            for (Waiting waiting : list) {
                boolean same = waiting.endpoint == before.endpoint
                        && waiting.waiter.priority.equals(before.waiter.priority)
                        && !waiting.exclusive;
                if (same && waiting != before && (next == null || waiting.goesBefore(next))) {
                    next = waiting;
                }
            }
            return next;
        }

        private void release() {
            if (permits.isEmpty()) {
                return;
            }
            Out back = permits.get(random.nextInt(permits.size()));
            Desk returned = back.desk;
            if (hung.contains(returned.endpoint)) {
                return;
            }
            boolean heirHere = hasHeir(back);
            check(line.hasHeir(returned, back.exclusive) == heirHere, "foresees another heir than there is");
            permits.remove(back);
            List<Waiting> before = List.copyOf(list);
            returned.exchanged(1 + random.nextLong(6 * SECOND), random.nextInt(3) > 0);
            line.release(returned, back.exclusive);
            Waiting next = handOn();
            check(next != null || !heirHere, "foresees an heir, and nobody is let go");
            // Where a lease was waiting for a lease and a call for a permit that is not kept for others, both may go.
            while (handOn() != null) {
                tally.saw("one permit came back and two were let go");
            }
            if (next == null) {
                tally.saw(
                        list.isEmpty()
                                ? "released to nobody"
                                : "released to nobody while others wait behind a hung endpoint");
                return;
            }
            boolean passed = false;
            for (Waiting waiting : before) {
                passed |= waiting.exclusive && waiting.endpoint.equals(next.endpoint) && waiting.goesBefore(next);
            }
            if (passed) {
                tally.saw("a lease that may not start was passed");
            }
            if (before.get(0) != next) {
                tally.saw("a later arrival went first");
            }
            boolean same = next.endpoint.equals(returned.endpoint);
            tally.saw(same ? "handed on to the same endpoint" : "handed on to another endpoint");
        }

        private void cancel() {
            boolean late = list.isEmpty() || random.nextInt(4) == 0 && !gone.isEmpty();
            List<Waiting> from = late ? gone : list;
            if (from.isEmpty()) {
                return;
            }
            Waiting leaver = from.get(random.nextInt(from.size()));
            check(line.cancel(leaver.waiter) == !late, "cancel tells wrong whether it came in time");
            tally.saw(late ? "cancelled too late" : "cancelled");
            leaves(leaver);
        }

        private void expire() {
            List<Waiting> late = new ArrayList<>();
            Set<Waiter> waiters = new HashSet<>();
            for (Waiting waiting : list) {
                if (waiting.deadline - now <= 0) {
                    late.add(waiting);
                    waiters.add(waiting.waiter);
                }
            }
            List<Waiter> expired = line.expire(now);
            check(expired.size() == late.size(), "too few or too many expired");
            check(waiters.equals(new HashSet<>(expired)), "others expired than should have");
            for (int i = 1; i < expired.size(); i++) {
                check(expired.get(i - 1).deadline - expired.get(i).deadline <= 0, "expired out of order");
            }
            tally.saw(
                    expired.size() > 1 ? "several expired at once" : expired.isEmpty() ? "nobody expired" : "expired");
            late.forEach(this::leaves);
        }

        private void clear() {
            List<Waiter> all = line.clear();
            check(all.size() == list.size(), "clear sent away too few or too many");
            for (Waiting waiting : list) {
                check(all.contains(waiting.waiter), "clear left somebody waiting");
            }
            tally.saw("cleared");
            List.copyOf(list).forEach(this::leaves);
        }

        private void leaves(Waiting leaver) {
            if (list.remove(leaver)) {
                gone.add(leaver);
            }
        }

        private int out(Endpoint endpoint) {
            int out = 0;
            for (Out permit : permits) {
                out += permit.desk.endpoint == endpoint ? 1 : 0;
            }
            return out;
        }

        private int exclusiveOut(Endpoint endpoint) {
            int out = 0;
            for (Out permit : permits) {
                out += permit.exclusive && permit.desk.endpoint == endpoint ? 1 : 0;
            }
            return out;
        }

        private boolean mayStart(Endpoint endpoint, Priority priority, boolean exclusive) {
            int limit = limits.get(endpoint);
            int reserved = bounds.reserved().entrySet().stream()
                    .filter(one -> one.getKey().compareTo(priority) > 0)
                    .mapToInt(Map.Entry::getValue)
                    .max()
                    .orElse(0);
            return out(endpoint) < limit - Math.min(reserved, limit - 1)
                    && (!exclusive || exclusiveOut(endpoint) < Math.max(1, limit / 2));
        }

        /** Whether somebody at the same endpoint could start once this permit is back. */
        private boolean hasHeir(Out back) {
            permits.remove(back);
            boolean heir = permits.size() < total
                    && list.stream()
                            .anyMatch(w -> w.endpoint == back.desk.endpoint
                                    && mayStart(w.endpoint, w.waiter.priority, w.exclusive));
            permits.add(back);
            return heir;
        }

        private int waiting(Endpoint endpoint) {
            int waiting = 0;
            for (Waiting one : list) {
                waiting += one.endpoint == endpoint ? 1 : 0;
            }
            return waiting;
        }

        /** One by one what the javadoc of the line says must hold after every method. */
        private void checkInvariants() {
            check(line.out() == permits.size(), "permits are lost or made");
            check(list.size() <= bounds.queueTotal(), "more wait than may");
            check(line.waiting() == list.size(), "waiters are lost or made");
            int known = 0;
            for (Endpoint endpoint : ENDPOINTS) {
                int out = out(endpoint);
                int waiting = waiting(endpoint);
                check(waiting <= bounds.queuePerEndpoint(), "more wait for an endpoint than may");
                Desk desk = line.existingDesk(endpoint);
                check(
                        (desk == null) == (out == 0 && waiting == 0),
                        "an idle endpoint takes memory, or a busy one none");
                if (desk != null) {
                    known++;
                    check(
                            desk.out == out && desk.waiting() == waiting && desk.exclusiveOut == exclusiveOut(endpoint),
                            "a desk has miscounted");
                    int byPriority = desk.waitingByPriority().values().stream()
                            .mapToInt(n -> n)
                            .sum();
                    check(byPriority == waiting, "the priorities do not add up");
                    Waiting head = null;
                    for (Waiting one : list) {
                        boolean may = mayStart(one.endpoint, one.waiter.priority, one.exclusive);
                        if (one.endpoint == endpoint && may && (head == null || one.goesBefore(head))) {
                            head = one;
                        }
                    }
                    check(desk.head() == (head == null ? null : head.waiter), "the wrong one stands at the head");
                }
            }
            for (Waiting one : list) {
                check(
                        permits.size() >= total || !mayStart(one.endpoint, one.waiter.priority, one.exclusive),
                        "somebody eligible waits although a permit is free");
            }
            check(line.endpoints() == known, "the number of endpoints is wrong");
            Waiter first = line.firstToExpire();
            check((first == null) == list.isEmpty(), "nobody is the first to expire, or somebody who has left");
            if (first != null) {
                for (Waiting one : list) {
                    check(first.deadline - one.deadline <= 0, "another one expires first");
                }
            }
        }

        private void check(boolean holds, String otherwise) {
            if (!holds) {
                throw new AssertionError(
                        otherwise + "; to repeat: -Dline.schedules=1 -Dline.seed=" + seed + " with " + bounds);
            }
        }
    }
}
