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
    final Endpoint endpoint;
    final int mostExclusive;
    int out;
    int exclusiveOut;
    int place = IndexedHeap.ABSENT;

    /** Those in which somebody waits. */
    private final List<Lane> lanes = new ArrayList<>(1);

    /** Also read outside the lock, by a returner who asks whether to expect an heir. */
    private volatile int waiting;

    Desk(Endpoint endpoint, int mostExclusive) {
        this.endpoint = endpoint;
        this.mostExclusive = mostExclusive;
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
        Lane lane = new Lane(waiter.priority, waiter.exclusive);
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

    /** Who of those that may start goes next, were a permit free. */
    @Nullable
    Waiter head() {
        Waiter head = null;
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            Waiter first = lane.first();
            if (first != null
                    && (!lane.exclusive || exclusiveOut < mostExclusive)
                    && (head == null || first.goesBefore(head))) {
                head = first;
            }
        }
        return head;
    }

    /** How many wait, by priority. */
    Map<Priority, Integer> waitingByPriority() {
        Map<Priority, Integer> counts = new TreeMap<>();
        for (Lane lane : lanes) {
            counts.merge(lane.priority, lane.size(), Integer::sum);
        }
        return counts;
    }
}
