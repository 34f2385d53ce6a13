package plainweave.schedule;

import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/** The permits and waiters of one endpoint; belongs to the line. */
final class Desk {
    final Endpoint endpoint;
    int out;
    int place = IndexedHeap.ABSENT;
    private @Nullable IndexedHeap<Waiter> line;

    /** Also read outside the lock, by a returner who asks whether to expect an heir. */
    private volatile int waiting;

    Desk(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    void join(Waiter waiter) {
        IndexedHeap<Waiter> joined = line;
        if (joined == null) {
            joined = new ByClaim(); // most exchanges never wait
            line = joined;
        }
        joined.add(waiter);
        waiting = joined.size();
    }

    void leave(Waiter waiter) {
        if (line != null) {
            line.remove(waiter);
            waiting = line.size();
        }
    }

    int waiting() {
        return waiting;
    }

    @Nullable
    Waiter head() {
        return line == null ? null : line.first();
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
