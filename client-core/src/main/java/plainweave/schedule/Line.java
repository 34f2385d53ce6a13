package plainweave.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.time.Deadlines;

/**
 * Who goes next, and nothing else: no thread, no clock, no lock. The semaphore calls it under its lock; a model test drives it
 * with a virtual clock.
 *
 * <p>A waiter is <em>eligible</em> while its endpoint has a free permit that is not kept for higher priorities, and, if it wants a
 * connection for itself, while fewer than half of the endpoint's permits, or than one, are held that way: leases last, and must not lock
 * out the calls. There is one ordered line per endpoint, and one heap of the heads of the eligible endpoints, so a hung endpoint holds
 * up nobody else: it only drops out of that heap. What must hold after every method, {@link #next} having been called until it gave
 * nobody:
 * <ul>
 *   <li>no permit is granted beyond the limits, per endpoint and in total (a limit that is lowered takes none away);
 *   <li>while a permit is free in total, nobody eligible waits; therefore a newcomer who finds one free passes nobody;
 *   <li>a permit that comes free goes to the eligible waiter of the earliest claim; if that has too little time left for an exchange, it
 *       leaves, and the permit goes to the next of its own priority at its own endpoint instead, and in the end to the last of those;
 *   <li>waiters never exceed the queue bounds, per endpoint and in total; whoever is sent away for a newcomer has a lower head start
 *       than it, and nobody waits who has a lower one still, or as low a one and is newer;
 *   <li>an endpoint with no permit out and no waiter takes no memory, unless it is the last that was called.
 * </ul>
 */
final class Line {
    /** The line's answer to a caller. */
    enum Answer {
        QUEUED,
        ENDPOINT_QUEUE_FULL,
        TOTAL_QUEUE_FULL,
        /** As fast as the line moves, its deadline will have passed before it is its turn. */
        HOPELESS
    }

    private final PrioritySemaphore.Settings bounds;
    private final Map<Endpoint, Desk> desks = new HashMap<>();
    private final IndexedHeap<Desk> eligible = new ByHead();
    private final Deadlines<Waiter> deadlines = new Deadlines<>();
    private final Cohorts cohorts = new Cohorts();
    private final List<Waiter> sentAway = new ArrayList<>();
    private int total;
    private int out;
    private long arrivals;

    /** Stays until another goes: one caller alone, call after call, would have a desk made for each. */
    private @Nullable Desk lastToGo;

    Line(PrioritySemaphore.Settings bounds) {
        this.bounds = bounds;
        this.total = bounds.permitsTotal();
    }

    /** The desk of an endpoint, made with that limit if there is none; it goes again when nobody needs it. */
    Desk desk(Endpoint endpoint, int limit) {
        Desk known = desks.get(endpoint);
        if (known != null) {
            return known.isIdle() ? known.again(limit) : known;
        }
        Desk made = new Desk(endpoint, limit, bounds.reserved());
        desks.put(endpoint, made);
        return made;
    }

    @Nullable
    Desk existingDesk(Endpoint endpoint) {
        Desk known = desks.get(endpoint);
        return known == null || known.isIdle() ? null : known;
    }

    /** A permit at once, if one is free. */
    boolean tryGrant(Desk desk, Priority priority, boolean exclusive) {
        if (out >= total || !desk.mayStart(desk.heldBackFrom(priority), exclusive)) {
            return false;
        }
        grant(desk, exclusive);
        return true;
    }

    /**
     * Joins the line, or tells what forbids it. Where a queue is full, the one who is to go instead leaves and is the waiter's
     * {@code displaced}. Call it only after {@link #tryGrant} refused.
     */
    Answer offer(Waiter waiter, long now) {
        Desk desk = waiter.desk;
        waiter.arrival = arrivals++;
        long leastWait = bounds.refuseHopeless() ? desk.leastWait(waiter) : 0;
        if (leastWait > 0 && waiter.deadline - now < leastWait) {
            return Answer.HOPELESS;
        }
        boolean endpointFull = desk.waiting() >= bounds.queuePerEndpoint();
        if (endpointFull || deadlines.waiting() >= bounds.queueTotal()) {
            Waiter least = endpointFull ? desk.leastWorthy() : cohorts.leastWorthy();
            if (least == null || least.priority.headStartNanos() >= waiter.priority.headStartNanos()) {
                dropIfIdle(desk); // at a bound of 0 it may have been made for this very caller
                return endpointFull ? Answer.ENDPOINT_QUEUE_FULL : Answer.TOTAL_QUEUE_FULL;
            }
            leave(least);
            waiter.displaced = least;
            desks.putIfAbsent(desk.endpoint, desk); // nobody being here, it may have gone with that one
        }
        desk.join(waiter);
        cohorts.join(waiter);
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

    /** A permit is back; {@link #next} tells who has it now. */
    void release(Desk desk, boolean exclusive) {
        desk.out--;
        desk.exclusiveOut -= exclusive ? 1 : 0;
        out--;
        settle(desk);
        dropIfIdle(desk);
    }

    /**
     * Who has been given a permit and has left the line; null once nobody eligible waits, or no permit is free. Those on whom it would be
     * wasted have left before it: {@link #sentAway()} has them.
     */
    @Nullable
    Waiter next(long now) {
        Desk desk = out < total ? eligible.first() : null;
        Waiter head = desk == null ? null : desk.head();
        Lane lane = head == null ? null : head.lane;
        if (desk == null || head == null || lane == null) {
            return null;
        }
        Waiter heir = withTime(head, lane, now);
        grant(desk, heir.exclusive);
        leave(heir);
        desk.served(now);
        return heir;
    }

    /**
     * The first of the lane whose turn it is on whom the permit is not wasted, else the last. Only its own lane: elsewhere the permit would
     * be lost to a lower priority, or to another endpoint, which could then go without for as long as there is a load.
     */
    private Waiter withTime(Waiter head, Lane lane, long now) {
        Waiter heir = head;
        Waiter behind = heir.next;
        while (behind != null && !lane.exclusive && heir.desk.isTooLateFor(heir, now)) {
            leave(heir);
            heir.end = Waiter.End.TOO_LATE;
            sentAway.add(heir);
            heir = behind;
            behind = heir.next;
        }
        return heir;
    }

    /** Who was sent away when it was its turn, since this was asked last. */
    List<Waiter> sentAway() {
        if (sentAway.isEmpty()) {
            return List.of();
        }
        List<Waiter> all = List.copyOf(sentAway);
        sentAway.clear();
        return all;
    }

    /** Whether somebody at this very desk could start if a permit of it came back; somebody, here or elsewhere, then will. */
    boolean hasHeir(Desk desk, boolean exclusive) {
        if (out > total) {
            return false; // the limit was lowered, and this one is taken in
        }
        desk.out--;
        desk.exclusiveOut -= exclusive ? 1 : 0;
        boolean heir = desk.head() != null;
        desk.out++;
        desk.exclusiveOut += exclusive ? 1 : 0;
        return heir;
    }

    /** From now on so many permits, at least 1, may be out at this desk. */
    void limit(Desk desk, int limit) {
        desk.limit = limit;
        settle(desk);
    }

    /** From now on so many permits, at least 1, may be out altogether. */
    void limitTotal(int limit) {
        total = limit;
    }

    int total() {
        return total;
    }

    /** All desks with a permit out or a waiter. */
    List<Desk> desks() {
        return desks.values().stream().filter(desk -> !desk.isIdle()).toList();
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
        return desks.size() - (lastToGo != null && lastToGo.isIdle() ? 1 : 0);
    }

    private void grant(Desk desk, boolean exclusive) {
        desk.out++;
        desk.exclusiveOut += exclusive ? 1 : 0;
        out++;
        settle(desk);
    }

    private void leave(Waiter waiter) {
        waiter.desk.leave(waiter);
        cohorts.leave(waiter);
        deadlines.left();
        settle(waiter.desk);
        dropIfIdle(waiter.desk);
    }

    /** The desk's permits or its head have changed: its place among the eligible follows. */
    private void settle(Desk desk) {
        boolean may = desk.head() != null;
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
        if (desk.isIdle()) {
            Desk before = lastToGo;
            if (before != null && before != desk && before.isIdle()) {
                desks.remove(before.endpoint, before);
            }
            lastToGo = desk;
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
