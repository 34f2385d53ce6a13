package plainweave.schedule;

import org.jspecify.annotations.Nullable;
import plainweave.call.Priority;

/**
 * Those of a desk who wait with one priority and want the same kind of permit, linked in order of their claims. As all of them have
 * the same head start, a newcomer belongs at the end and whoever leaves is unlinked: a wait costs the same behind 10 others and
 * behind 100,000.
 */
final class Lane {
    final Priority priority;
    final boolean exclusive;

    /** How many permits of the desk are kept for higher priorities. */
    final int heldBack;

    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private int size;

    Lane(Priority priority, boolean exclusive, int heldBack) {
        this.priority = priority;
        this.exclusive = exclusive;
        this.heldBack = heldBack;
    }

    boolean takes(Waiter waiter) {
        return exclusive == waiter.exclusive && priority.equals(waiter.priority);
    }

    void join(Waiter waiter) {
        Waiter before = last;
        while (before != null && waiter.goesBefore(before)) {
            before = before.previous;
        }
        Waiter after = before == null ? first : before.next;
        waiter.lane = this;
        waiter.previous = before;
        waiter.next = after;
        link(before, waiter);
        link(waiter, after);
        size++;
    }

    void leave(Waiter waiter) {
        link(waiter.previous, waiter.next);
        waiter.lane = null;
        waiter.previous = null;
        waiter.next = null;
        size--;
    }

    private void link(@Nullable Waiter before, @Nullable Waiter after) {
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
    }

    @Nullable
    Waiter first() {
        return first;
    }

    @Nullable
    Waiter last() {
        return last;
    }

    int size() {
        return size;
    }
}
