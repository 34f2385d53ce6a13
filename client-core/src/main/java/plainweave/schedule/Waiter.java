package plainweave.schedule;

import org.jspecify.annotations.Nullable;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.time.Deadlines;

/**
 * One caller in line. The line orders it by {@link #claim}: its arrival less its head start, and among equals by arrival. Fields
 * that are not final belong to the line and are read and written under the semaphore's lock, but for {@link #outcome}.
 */
final class Waiter implements Deadlines.Wait {
    /** How a wait that got no permit ended. */
    enum End {
        EXPIRED,
        /** It was its turn too late: a permit would be wasted on it, and others wait. */
        TOO_LATE,
        CLOSED,
        /** It had to make room in its endpoint's queue for a call of higher priority. */
        SHED_FROM_ENDPOINT,
        /** It had to make room in the client's queue for a call of higher priority. */
        SHED_FROM_CLIENT
    }

    final Route route;
    final Priority priority;
    final boolean exclusive;
    final long claim;
    final long deadline;
    final Thread thread;
    final int found;
    final Desk desk;

    long arrival;

    /** Where it stands while it is in line. */
    @Nullable
    Lane lane;

    @Nullable
    Waiter previous;

    @Nullable
    Waiter next;

    /** Its neighbours among all who wait with this head start. */
    @Nullable
    Waiter older;

    @Nullable
    Waiter newer;

    /** Whom it displaced, when it joined. */
    @Nullable
    Waiter displaced;

    /** The priority of whom it had to make room for. */
    @Nullable
    Priority displacedBy;

    /** Why it was sent away when it was its turn. */
    @Nullable
    End end;

    /** A {@link Permit} or an {@link End}; set once, after the line let the waiter go. */
    volatile @Nullable Object outcome;

    Waiter(Route route, Priority priority, boolean exclusive, Desk desk, long claim, long deadline, Thread thread) {
        this.route = route;
        this.priority = priority;
        this.exclusive = exclusive;
        this.desk = desk;
        this.claim = claim;
        this.deadline = deadline;
        this.thread = thread;
        this.found = desk.waiting();
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public boolean isOver() {
        return lane == null;
    }

    /** When it joined, as far as its time goes. */
    long arrivedAt() {
        return claim + priority.headStartNanos();
    }

    /** Whether it has to go first when the queue is full: of lower head start, or newer. */
    boolean isLessWorthyThan(Waiter other) {
        long mine = priority.headStartNanos();
        long theirs = other.priority.headStartNanos();
        return mine != theirs ? mine < theirs : arrival - other.arrival > 0;
    }

    boolean goesBefore(Waiter other) {
        return claim != other.claim ? claim - other.claim < 0 : arrival - other.arrival < 0;
    }
}
