package plainweave;

import java.util.Collection;
import java.util.Iterator;
import java.util.OptionalLong;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;

/**
 * Where a bulk takes its items from.
 *
 * @param items one by one
 * @param total how many there are, where that is known
 * @param close gives back what stands behind it
 */
record BulkSource<Q>(Iterator<? extends Q> items, OptionalLong total, Runnable close) {
    static <Q> BulkSource<Q> of(Iterator<? extends Q> items) {
        return new BulkSource<>(items, OptionalLong.empty(), () -> {});
    }

    static <Q> BulkSource<Q> of(Iterable<? extends Q> items) {
        // Only a collection can be asked without being iterated.
        OptionalLong total =
                items instanceof Collection<?> counted ? OptionalLong.of(counted.size()) : OptionalLong.empty();
        return new BulkSource<>(items.iterator(), total, () -> {});
    }

    static <Q> BulkSource<Q> of(Stream<? extends Q> items) {
        // A parallel stream might be evaluated as a whole, by other threads, when it is first asked.
        Spliterator<? extends Q> each = items.sequential().spliterator();
        long size = each.getExactSizeIfKnown();
        return new BulkSource<>(
                Spliterators.iterator(each), size < 0 ? OptionalLong.empty() : OptionalLong.of(size), items::close);
    }
}
