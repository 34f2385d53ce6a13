package plainweave.schedule;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap whose elements know their place, so that any of them leaves or moves in logarithmic time: a waiter that gives up
 * in the middle of a line of 100,000 costs what one at its head costs. (java.util.PriorityQueue removes in linear time.)
 */
abstract class IndexedHeap<T> {
    /** The place of an element that is in no heap. */
    static final int ABSENT = -1;

    private @Nullable Object[] elements = new Object[16];
    private int size;

    /** Whether {@code a} comes out before {@code b}. */
    abstract boolean before(T a, T b);

    /** The place last given to {@link #place(Object, int)}. */
    abstract int place(T element);

    abstract void place(T element, int place);

    final int size() {
        return size;
    }

    final boolean isEmpty() {
        return size == 0;
    }

    final boolean contains(T element) {
        return place(element) != ABSENT;
    }

    final @Nullable T first() {
        return at(0);
    }

    /** In no particular order. */
    final void forEach(Consumer<T> action) {
        for (int i = 0; i < size; i++) {
            T element = at(i);
            if (element != null) {
                action.accept(element);
            }
        }
    }

    final void add(T element) {
        if (size == elements.length) {
            elements = Arrays.copyOf(elements, size * 2);
        }
        up(size++, element);
    }

    /** The element's order has changed. */
    final void moved(T element) {
        int place = place(element);
        up(place, element);
        down(place(element), element);
    }

    final void remove(T element) {
        int hole = place(element);
        place(element, ABSENT);
        size--;
        @SuppressWarnings("unchecked")
        T last = (T) elements[size];
        elements[size] = null;
        if (hole != size && last != null) {
            place(last, hole);
            elements[hole] = last;
            moved(last);
        }
    }

    @SuppressWarnings("unchecked")
    private @Nullable T at(int place) {
        return (T) elements[place];
    }

    private void up(int from, T element) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            T above = at(parent);
            if (above == null || !before(element, above)) {
                break;
            }
            put(place, above);
            place = parent;
        }
        put(place, element);
    }

    private void down(int from, T element) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            T lesser = at(child);
            T right = child + 1 < size ? at(child + 1) : null;
            if (lesser != null && right != null && before(right, lesser)) {
                lesser = right;
                child++;
            }
            if (lesser == null || !before(lesser, element)) {
                break;
            }
            put(place, lesser);
            place = child;
        }
        put(place, element);
    }

    private void put(int place, T element) {
        elements[place] = element;
        place(element, place);
    }
}
