package plainweave.schedule;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/**
 * Who goes next, and nothing else: no thread, no clock, no lock. The semaphore calls it under its lock; a model test drives it
 * with a virtual clock.
 *
 * <p>A waiter is <em>eligible</em> while its endpoint has a free permit, and, if it wants a connection for itself, while fewer than
 * half of the endpoint's permits, or than one, are held that way: leases last, and must not lock out the calls. There is one ordered line per endpoint, and one heap of
 * the heads of the eligible endpoints, so a hung endpoint holds up nobody else: it only drops out of that heap. What must hold
 * after every method:
 * <ul>
 *   <li>permits out never exceed the bounds, per endpoint and in total;
 *   <li>while a permit is free in total, nobody eligible waits; therefore a newcomer who finds one free passes nobody;
 *   <li>a permit that comes free goes to the eligible waiter of the earliest claim;
 *   <li>waiters never exceed the queue bounds, per endpoint and in total;
 *   <li>an endpoint with no permit out and no waiter takes no memory.
 * </ul>
 */
final class Line {
    /** The line's answer to a caller. */
    enum Answer {
        GRANTED,
        QUEUED,
        ENDPOINT_QUEUE_FULL,
        TOTAL_QUEUE_FULL
    }

    private final PrioritySemaphore.Settings bounds;
    private final Map<Endpoint, Desk> desks = new HashMap<>();
    private final IndexedHeap<Desk> eligible = new ByHead();
    private final Deadlines deadlines = new Deadlines();
    private int out;
    private long arrivals;

    Line(PrioritySemaphore.Settings bounds) {
        this.bounds = bounds;
    }

    /** The desk of an endpoint, made if there is none; it goes again when nobody needs it. */
    Desk desk(Endpoint endpoint) {
        Desk known = desks.get(endpoint);
        return known != null ? known : desks.computeIfAbsent(endpoint, e -> new Desk(e, bounds.mostExclusive()));
    }

    @Nullable
    Desk existingDesk(Endpoint endpoint) {
        return desks.get(endpoint);
    }

    /** A permit at once, if one is free. */
    boolean tryGrant(Desk desk, boolean exclusive) {
        if (out >= bounds.permitsTotal()
                || desk.out >= bounds.permitsPerEndpoint()
                || exclusive && desk.exclusiveOut >= desk.mostExclusive) {
            return false;
        }
        grant(desk, exclusive);
        return true;
    }

    /** Joins the line, or tells which bound forbids it. Call it only after {@link #tryGrant} refused. */
    Answer offer(Waiter waiter) {
        Desk desk = waiter.desk;
        if (desk.waiting() >= bounds.queuePerEndpoint()) {
            dropIfIdle(desk); // at a bound of 0 it may have been made for this very caller
            return Answer.ENDPOINT_QUEUE_FULL;
        }
        if (deadlines.waiting() >= bounds.queueTotal()) {
            dropIfIdle(desk);
            return Answer.TOTAL_QUEUE_FULL;
        }
        waiter.arrival = arrivals++;
        desk.join(waiter);
        deadlines.add(waiter);
        settle(desk);
        return Answer.QUEUED;
    }

    /** Leaves the line; false if it has left already, with a permit or without. */
    boolean cancel(Waiter waiter) {
        if (waiter.lane == null) {
            return false;
        }
        leave(waiter);
        return true;
    }

    /** Gives a permit back; the waiter who has it now, if anybody eligible waits. */
    @Nullable
    Waiter release(Desk desk, boolean exclusive) {
        desk.out--;
        desk.exclusiveOut -= exclusive ? 1 : 0;
        out--;
        settle(desk);
        Desk next = eligible.first();
        Waiter heir = next == null ? null : next.head();
        if (heir == null || next == null) {
            dropIfIdle(desk);
            return null;
        }
        grant(next, heir.exclusive);
        leave(heir);
        dropIfIdle(desk);
        return heir;
    }

    /** Whether somebody at this very desk could start if a permit of it came back. */
    boolean hasHeir(Desk desk, boolean exclusive) {
        desk.exclusiveOut -= exclusive ? 1 : 0;
        boolean heir = desk.head() != null;
        desk.exclusiveOut += exclusive ? 1 : 0;
        return heir;
    }

    /** All desks with a permit out or a waiter. */
    Collection<Desk> desks() {
        return desks.values();
    }

    /** Everybody whose deadline has passed leaves. */
    List<Waiter> expire(long now) {
        List<Waiter> expired = new ArrayList<>();
        for (Waiter next = deadlines.first(); next != null && next.deadline - now <= 0; next = deadlines.first()) {
            leave(next);
            expired.add(next);
        }
        return expired;
    }

    /** Everybody leaves. */
    List<Waiter> clear() {
        List<Waiter> all = new ArrayList<>();
        for (Waiter next = deadlines.first(); next != null; next = deadlines.first()) {
            leave(next);
            all.add(next);
        }
        return all;
    }

    /** The waiter whose deadline is the earliest. */
    @Nullable
    Waiter firstToExpire() {
        return deadlines.first();
    }

    int out() {
        return out;
    }

    int waiting() {
        return deadlines.waiting();
    }

    int endpoints() {
        return desks.size();
    }

    private void grant(Desk desk, boolean exclusive) {
        desk.out++;
        desk.exclusiveOut += exclusive ? 1 : 0;
        out++;
        settle(desk);
    }

    private void leave(Waiter waiter) {
        waiter.desk.leave(waiter);
        deadlines.left();
        settle(waiter.desk);
        dropIfIdle(waiter.desk);
    }

    /** The desk's permits or its head have changed: its place among the eligible follows. */
    private void settle(Desk desk) {
        boolean may = desk.out < bounds.permitsPerEndpoint() && desk.head() != null;
        boolean is = eligible.contains(desk);
        if (may && is) {
            eligible.moved(desk);
        } else if (may) {
            eligible.add(desk);
        } else if (is) {
            eligible.remove(desk);
        }
    }

    private void dropIfIdle(Desk desk) {
        if (desk.out == 0 && desk.waiting() == 0) {
            desks.remove(desk.endpoint, desk);
        }
    }

    private static final class ByHead extends IndexedHeap<Desk> {
        @Override
        boolean before(Desk a, Desk b) {
            Waiter headOfA = a.head();
            Waiter headOfB = b.head();
            return headOfA != null && headOfB != null && headOfA.goesBefore(headOfB);
        }

        @Override
        int place(Desk desk) {
            return desk.place;
        }

        @Override
        void place(Desk desk, int place) {
            desk.place = place;
        }
    }
}
