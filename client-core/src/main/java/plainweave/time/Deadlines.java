package plainweave.time;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whose wait ends next. A binary heap over plain numbers, with the waits beside them, so that ordering it touches none of them.
 *
 * <p>None is searched for and taken out: a wait that is over stays until it comes up, or until those that are over are the majority and
 * are all dropped together. So most waits, which end long before their deadline, cost an entry at the end. Not thread-safe.
 */
public final class Deadlines<T extends Deadlines.Wait> {
    private static final int FEW = 64;

    private long[] deadlines = new long[FEW];
    private @Nullable Object[] waits = new Object[FEW];
    private int size;
    private int waiting;

    /** What has a deadline. */
    public interface Wait {
        /** When it has to end, on the scale of {@link System#nanoTime()}. */
        long deadline();

        /** Whether it has ended. */
        boolean isOver();
    }

    /** How many last. */
    public int waiting() {
        return waiting;
    }

    /** One more. */
    public void add(T wait) {
        waiting++;
        if (size == deadlines.length) {
            resize(2 * size);
        }
        up(size++, wait.deadline(), wait);
    }

    /** One is over. */
    public void left() {
        left(1);
    }

    /** So many are over. */
    public void left(int more) {
        waiting -= more;
        if (size > FEW && size > 2 * waiting) {
            dropThoseOver();
        }
    }

    /** The one of the earliest deadline. */
    public @Nullable T first() {
        T first = at(0);
        while (first != null && first.isOver()) {
            removeFirst();
            first = at(0);
        }
        return first;
    }

    @SuppressWarnings("unchecked")
    private @Nullable T at(int place) {
        return (T) waits[place];
    }

    private void removeFirst() {
        size--;
        T last = at(size);
        waits[size] = null;
        if (size > 0) {
            down(0, deadlines[size], last);
        }
    }

    /** Drops all that are over, and room that is not needed. */
    public void forgetThoseOver() {
        dropThoseOver();
        resize(Math.max(FEW, size));
    }

    private void resize(int room) {
        deadlines = Arrays.copyOf(deadlines, room);
        waits = Arrays.copyOf(waits, room);
    }

    private void dropThoseOver() {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            T wait = at(i);
            if (wait != null && !wait.isOver()) {
                deadlines[kept] = wait.deadline();
                waits[kept++] = wait;
            }
        }
        Arrays.fill(waits, kept, size, null);
        size = kept;
        for (int i = size / 2 - 1; i >= 0; i--) {
            down(i, deadlines[i], at(i));
        }
        if (deadlines.length > 8 * Math.max(FEW, size)) {
            resize(2 * Math.max(FEW, size));
        }
    }

    private void up(int from, long deadline, @Nullable T wait) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (deadline - deadlines[parent] >= 0) {
                break;
            }
            move(parent, place);
            place = parent;
        }
        put(place, deadline, wait);
    }

    private void down(int from, long deadline, @Nullable T wait) {
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
        put(place, deadline, wait);
    }

    private void move(int from, int to) {
        put(to, deadlines[from], at(from));
    }

    private void put(int place, long deadline, @Nullable T wait) {
        deadlines[place] = deadline;
        waits[place] = wait;
    }
}
