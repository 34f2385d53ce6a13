package plainweave.schedule;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who runs out of time next. A binary heap over plain numbers, with the waiters beside them, so that ordering it touches no waiter.
 *
 * <p>Nobody is searched for and taken out: whoever has left the line stays until it comes up, or until those who have left are the
 * majority and are all dropped together. So most waits, which end by a permit long before their deadline, cost an entry at the end.
 */
final class Deadlines {
    private static final int FEW = 64;

    private long[] deadlines = new long[FEW];
    private @Nullable Waiter[] waiters = new Waiter[FEW];
    private int size;
    private int waiting;

    /** How many are in line. */
    int waiting() {
        return waiting;
    }

    void add(Waiter waiter) {
        waiting++;
        if (size == deadlines.length) {
            deadlines = Arrays.copyOf(deadlines, 2 * size);
            waiters = Arrays.copyOf(waiters, 2 * size);
        }
        up(size++, waiter.deadline, waiter);
    }

    /** It is in no lane any more. */
    void left() {
        waiting--;
        if (size > FEW && size > 2 * waiting) {
            dropThoseWhoLeft();
        }
    }

    /** The one of the earliest deadline. */
    @Nullable
    Waiter first() {
        Waiter first = waiters[0];
        while (first != null && first.lane == null) {
            removeFirst();
            first = waiters[0];
        }
        return first;
    }

    private void removeFirst() {
        size--;
        Waiter last = waiters[size];
        waiters[size] = null;
        if (size > 0) {
            down(0, deadlines[size], last);
        }
    }

    private void dropThoseWhoLeft() {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            Waiter waiter = waiters[i];
            if (waiter != null && waiter.lane != null) {
                deadlines[kept] = waiter.deadline;
                waiters[kept++] = waiter;
            }
        }
        Arrays.fill(waiters, kept, size, null);
        size = kept;
        for (int i = size / 2 - 1; i >= 0; i--) {
            down(i, deadlines[i], waiters[i]);
        }
        if (deadlines.length > 8 * Math.max(FEW, size)) {
            deadlines = Arrays.copyOf(deadlines, 2 * Math.max(FEW, size));
            waiters = Arrays.copyOf(waiters, deadlines.length);
        }
    }

    private void up(int from, long deadline, @Nullable Waiter waiter) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (deadline - deadlines[parent] >= 0) {
                break;
            }
            move(parent, place);
            place = parent;
        }
        put(place, deadline, waiter);
    }

    private void down(int from, long deadline, @Nullable Waiter waiter) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && deadlines[child + 1] - deadlines[child] < 0) {
                child++;
            }
            if (deadlines[child] - deadline >= 0) {
                break;
            }
            move(child, place);
            place = child;
        }
        put(place, deadline, waiter);
    }

    private void move(int from, int to) {
        put(to, deadlines[from], waiters[from]);
    }

    private void put(int place, long deadline, @Nullable Waiter waiter) {
        deadlines[place] = deadline;
        waiters[place] = waiter;
    }
}
