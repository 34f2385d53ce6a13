package plainweave.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IndexedHeapTest {
    private static final class Item {
        private int order;
        private int place = IndexedHeap.ABSENT;

        private Item(int order) {
            this.order = order;
        }
    }

    private static final class Heap extends IndexedHeap<Item> {
        private int comparisons;

        @Override
        boolean before(Item a, Item b) {
            comparisons++;
            return a.order < b.order;
        }

        @Override
        int place(Item item) {
            return item.place;
        }

        @Override
        void place(Item item, int place) {
            item.place = place;
        }
    }

    private final Heap heap = new Heap();

    private static List<Item> drain(Heap heap) {
        List<Item> out = new ArrayList<>();
        for (Item first = heap.first(); first != null; first = heap.first()) {
            heap.remove(first);
            out.add(first);
        }
        return out;
    }

    private List<Item> added(int... orders) {
        List<Item> items = new ArrayList<>();
        for (int order : orders) {
            Item item = new Item(order);
            items.add(item);
            heap.add(item);
        }
        return items;
    }

    @Test
    void anEmptyHeapHasNoFirst() {
        assertThat(heap.first()).isNull();
        assertThat(heap.isEmpty()).isTrue();
        assertThat(heap.size()).isZero();
    }

    @Test
    void elementsComeOutInOrderHoweverTheyWentIn() {
        added(5, 3, 8, 1, 9, 2, 2, 7, 0, 6, 4, 11, 10, 13, 12, 15, 14, 17, 16, 19, 18);

        assertThat(drain(heap)).extracting(item -> item.order).isSorted().hasSize(21);
        assertThat(heap.isEmpty()).isTrue();
    }

    @Test
    void anElementKnowsWhetherItIsIn() {
        List<Item> items = added(2, 1, 3);
        Item middle = items.get(0);

        assertThat(heap.contains(middle)).isTrue();
        heap.remove(middle);

        assertThat(heap.contains(middle)).isFalse();
        assertThat(drain(heap)).containsExactly(items.get(1), items.get(2));
    }

    @Test
    void anElementThatLeftMayComeBack() {
        Item item = added(1).get(0);
        heap.remove(item);
        heap.add(item);

        assertThat(heap.first()).isSameAs(item);
        assertThat(heap.size()).isEqualTo(1);
    }

    @Test
    void theLastElementLeavesFromWhereverItStands() {
        List<Item> items = added(1, 2, 3, 4);
        heap.remove(items.get(3));

        assertThat(drain(heap)).containsExactly(items.get(0), items.get(1), items.get(2));
    }

    @Test
    void aChangedElementMovesInEitherDirection() {
        List<Item> items = added(10, 20, 30, 40, 50, 60, 70);
        items.get(6).order = 5;
        heap.moved(items.get(6));
        assertThat(heap.first()).isSameAs(items.get(6));

        items.get(6).order = 45;
        heap.moved(items.get(6));
        assertThat(drain(heap)).extracting(item -> item.order).containsExactly(10, 20, 30, 40, 45, 50, 60);
    }

    /** What fills the hole may belong above it, because it comes from another branch. */
    @Test
    void theElementThatFillsAHoleMayRise() {
        List<Item> items = added(1, 10, 2, 11, 12, 3, 4, 13, 14, 15, 16, 5);
        Item filler = items.get(11);
        Item left = items.remove(7);
        int hole = left.place;
        heap.remove(left);

        assertThat(filler.place).isLessThan(hole);
        for (Item item : items) {
            int parent = (item.place - 1) / 2;
            assertThat(items)
                    .filteredOn(other -> other.place == parent)
                    .singleElement()
                    .satisfies(above -> assertThat(above.order).isLessThanOrEqualTo(item.order));
        }
    }

    @Test
    void itAgreesWithASortedListInAnyOrderOfChanges() {
        long seed = Long.getLong("heap.seed", System.nanoTime());
        Random random = new Random(seed);
        List<Item> reference = new ArrayList<>();
        for (int step = 0; step < 200_000; step++) {
            int dice = random.nextInt(10);
            if (reference.isEmpty() || dice < 4 && reference.size() < 200) {
                Item item = new Item(random.nextInt(100));
                reference.add(item);
                heap.add(item);
            } else if (dice < 7) {
                Item item = reference.get(random.nextInt(reference.size()));
                item.order = random.nextInt(100);
                heap.moved(item);
            } else {
                Item item = reference.remove(random.nextInt(reference.size()));
                heap.remove(item);
                assertThat(item.place).isEqualTo(IndexedHeap.ABSENT);
            }
            Item first = heap.first();
            int least = reference.stream().mapToInt(i -> i.order).min().orElse(-1);
            if (heap.size() != reference.size() || (first == null ? -1 : first.order) != least) {
                throw new AssertionError("step " + step + " with -Dheap.seed=" + seed);
            }
        }
        reference.sort(Comparator.comparingInt(i -> i.order));
        assertThat(drain(heap))
                .extracting(item -> item.order)
                .isEqualTo(reference.stream().map(item -> item.order).toList());
    }

    @Test
    void leavingTheMiddleOfALongLineCostsLogarithmicWork() {
        Random random = new Random(1);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 1 << 16; i++) {
            items.addAll(added(random.nextInt()));
        }
        heap.comparisons = 0;
        for (int i = 0; i < 1_000; i++) {
            heap.remove(items.remove(random.nextInt(items.size())));
        }

        assertThat(heap.comparisons / 1_000).isLessThanOrEqualTo(3 * 16);
    }
}
