package plainweave.schedule;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Priority;

/**
 * The permits and waiters of one endpoint; belongs to the line. Those who want a connection for themselves (leases) stand in a line
 * of their own, so that they can be passed while no more of them may start.
 */
final class Desk {
    final Endpoint endpoint;
    final int mostExclusive;
    int out;
    int exclusiveOut;
    int place = IndexedHeap.ABSENT;
    private @Nullable IndexedHeap<Waiter> callers;
    private @Nullable IndexedHeap<Waiter> exclusives;

    /** Also read outside the lock, by a returner who asks whether to expect an heir. */
    private volatile int waiting;

    Desk(Endpoint endpoint, int mostExclusive) {
        this.endpoint = endpoint;
        this.mostExclusive = mostExclusive;
    }

    void join(Waiter waiter) {
        IndexedHeap<Waiter> line = waiter.exclusive ? exclusives : callers;
        if (line == null) {
            line = new ByClaim(); // most exchanges never wait
            if (waiter.exclusive) {
                exclusives = line;
            } else {
                callers = line;
            }
        }
        line.add(waiter);
        waiting = size(callers) + size(exclusives);
    }

    void leave(Waiter waiter) {
        IndexedHeap<Waiter> line = waiter.exclusive ? exclusives : callers;
        if (line != null) {
            line.remove(waiter);
            waiting = size(callers) + size(exclusives);
        }
    }

    int waiting() {
        return waiting;
    }

    /** Who of those that may start goes next, were a permit free. */
    @Nullable
    Waiter head() {
        Waiter caller = callers == null ? null : callers.first();
        Waiter exclusive = exclusives == null || exclusiveOut >= mostExclusive ? null : exclusives.first();
        if (caller == null || exclusive == null) {
            return caller == null ? exclusive : caller;
        }
        return caller.goesBefore(exclusive) ? caller : exclusive;
    }

    /** How many wait, by priority. */
    Map<Priority, Integer> waitingByPriority() {
        Map<Priority, Integer> counts = new TreeMap<>();
        count(callers, counts);
        count(exclusives, counts);
        return counts;
    }

    private static void count(@Nullable IndexedHeap<Waiter> line, Map<Priority, Integer> counts) {
        if (line != null) {
            line.forEach(waiter -> counts.merge(waiter.priority, 1, Integer::sum));
        }
    }

    private static int size(@Nullable IndexedHeap<Waiter> line) {
        return line == null ? 0 : line.size();
    }

    private static final class ByClaim extends IndexedHeap<Waiter> {
        @Override
        boolean before(Waiter a, Waiter b) {
            return a.goesBefore(b);
        }

        @Override
        int place(Waiter waiter) {
            return waiter.placeInDesk;
        }

        @Override
        void place(Waiter waiter, int place) {
            waiter.placeInDesk = place;
        }
    }
}
