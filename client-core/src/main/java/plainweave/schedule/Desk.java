package plainweave.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Priority;

/**
 * The permits and waiters of one endpoint; belongs to the line. Those who want a connection for themselves (leases) stand in lanes of
 * their own, so that they can be passed while no more of them may start.
 */
final class Desk {
    /** The weight of the newest interval is one in so many: a few dozen permits make a rate. */
    private static final int SMOOTHING = 16;

    final Endpoint endpoint;
    int out;
    int exclusiveOut;
    int place = IndexedHeap.ABSENT;

    /** Permits there are; also read outside the lock, to bound connections. */
    volatile int limit;

    /** Those in which somebody waits. */
    private final List<Lane> lanes = new ArrayList<>(1);

    private final Map<Priority, Integer> reserved;

    /** Also read outside the lock, by a returner who asks whether to expect an heir. */
    private volatile int waiting;

    /** When the last waiter got a permit, while others stayed behind. */
    private long servedAt;

    private boolean servedWhileOthersWaited;

    /** Between two waiters who got a permit; 0 while that is not known. */
    private long nanosPerWaiter;

    /** How long exchanges have taken lately; 0 while that is not known. */
    private long nanosPerExchange;

    Desk(Endpoint endpoint, int limit, Map<Priority, Integer> reserved) {
        this.endpoint = endpoint;
        this.limit = limit;
        this.reserved = reserved;
    }

    /** As good as a new one, after everybody has gone. */
    Desk again(int newLimit) {
        limit = newLimit;
        servedAt = 0;
        servedWhileOthersWaited = false;
        nanosPerWaiter = 0;
        nanosPerExchange = 0;
        return this;
    }

    /** How many permits only priorities above this one may have. */
    int heldBackFrom(Priority priority) {
        int held = 0;
        if (!reserved.isEmpty()) {
            for (Map.Entry<Priority, Integer> one : reserved.entrySet()) {
                if (one.getKey().headStartNanos() > priority.headStartNanos()) {
                    held = Math.max(held, one.getValue());
                }
            }
        }
        return held;
    }

    /** How many permits may be held for a connection of one's own at once: half, at least one. */
    int mostExclusive() {
        return Math.max(1, limit / 2);
    }

    /** Whether one more may start, as far as this endpoint goes; at least one permit is always for everybody. */
    boolean mayStart(int heldBack, boolean exclusive) {
        int there = limit;
        return out < there - Math.min(heldBack, there - 1) && (!exclusive || exclusiveOut < mostExclusive());
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
    void join(Waiter waiter) {
        laneOf(waiter).join(waiter);
        waiting++;
    }

    private Lane laneOf(Waiter waiter) {
        for (int i = 0; i < lanes.size(); i++) {
            if (lanes.get(i).takes(waiter)) {
                return lanes.get(i);
            }
        }
        Lane lane = new Lane(waiter.priority, waiter.exclusive, heldBackFrom(waiter.priority));
        lanes.add(lane);
        return lane;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
    void leave(Waiter waiter) {
        Lane lane = waiter.lane;
        if (lane != null) {
            lane.leave(waiter);
            waiting--;
            if (lane.size() == 0) {
                lanes.remove(lane);
            }
        }
    }

    int waiting() {
        return waiting;
    }

    /** Nobody has a permit of it or waits for one. */
    boolean isIdle() {
        return out == 0 && waiting == 0;
    }

    /** Who goes next of those that may start now. */
    @Nullable
    Waiter head() {
        Waiter head = null;
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            Waiter first = lane.first();
            if (first != null && mayStart(lane.heldBack, lane.exclusive) && (head == null || first.goesBefore(head))) {
                head = first;
            }
        }
        return head;
    }

    /** The newest of those who wait with the lowest head start. */
    @Nullable
    Waiter leastWorthy() {
        Waiter least = null;
        for (int i = 0; i < lanes.size(); i++) {
            Waiter newest = lanes.get(i).last();
            if (newest != null && (least == null || newest.isLessWorthyThan(least))) {
                least = newest;
            }
        }
        return least;
    }

    /** A waiter got a permit, and has left. */
    void served(long now) {
        if (servedWhileOthersWaited) {
            long interval = Math.max(1, now - servedAt);
            nanosPerWaiter += nanosPerWaiter == 0 ? interval : (interval - nanosPerWaiter) / SMOOTHING;
        } else {
            nanosPerWaiter /= 2; // where it keeps everybody else away, nobody would ever find out that it is too high
        }
        servedWhileOthersWaited = waiting > 0;
        servedAt = now;
    }

    /**
     * An exchange is over. One that was cut would have taken longer, nobody knows how long: it counts as twice what was known, if it took
     * as much, so that a single hiccup is soon forgotten. One that failed sooner tells nothing.
     *
     * @param nanos from its permit to its end
     * @param clean whether it came to its end
     */
    void exchanged(long nanos, boolean clean) {
        if (clean) {
            nanosPerExchange += nanosPerExchange == 0 ? nanos : (nanos - nanosPerExchange) / SMOOTHING;
        } else if (nanosPerExchange > 0 && nanos > nanosPerExchange) {
            nanosPerExchange = Math.min(nanos, 2 * nanosPerExchange);
        }
    }

    /**
     * Whether less than twice the time of an exchange is left to a waiter. It is never too late for one that has half of its time left:
     * what exchanges took lately may have been a hiccup, and nobody would find out.
     */
    boolean isTooLateFor(Waiter waiter, long now) {
        long left = waiter.deadline - now;
        return nanosPerExchange > 0 && left < 2 * nanosPerExchange && left < (waiter.deadline - waiter.arrivedAt()) / 2;
    }

    /**
     * How long a newcomer would wait at least, as fast as the line has moved lately; 0 if that is not known. Only those are counted
     * who will go before it for certain: others may arrive and pass, and leases may have to wait for leases.
     */
    long leastWait(Waiter newcomer) {
        long ahead = 0;
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            if (!lane.exclusive && lane.priority.headStartNanos() >= newcomer.priority.headStartNanos()) {
                ahead += lane.size();
            }
        }
        return ahead * nanosPerWaiter;
    }

    /** How many wait, by priority. */
    Map<Priority, Integer> waitingByPriority() {
        Map<Priority, Integer> counts = new TreeMap<>();
        addWaitingByPriority(counts);
        return counts;
    }

    /** Adds to each priority how many wait at it. */
    void addWaitingByPriority(Map<Priority, Integer> counts) {
        for (int i = 0; i < lanes.size(); i++) {
            counts.merge(lanes.get(i).priority, lanes.get(i).size(), Integer::sum);
        }
    }
}
