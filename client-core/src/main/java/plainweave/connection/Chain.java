package plainweave.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges in the order in which they were sent. One thread adds, one takes the first away, any may look.
 *
 * <p>What must always hold: behind the front stand all that were added and not taken away. As each end is one thread's, neither needs an
 * atomic operation, only that its writes are seen in their order. So there is no fence in adding either: who looks from elsewhere may be
 * late to see the newest.
 */
final class Chain {
    private static final class Node extends Link {
        @SuppressWarnings("rawtypes") // of the type there is no class
        private static final AtomicReferenceFieldUpdater<Node, @Nullable InFlight> EXCHANGE =
                AtomicReferenceFieldUpdater.newUpdater(Node.class, InFlight.class, "exchange");

        volatile @Nullable InFlight<?, ?> exchange;

        @Nullable
        Node behind() {
            return (Node) next();
        }
    }

    /** Of the one that was taken away last; it is empty. */
    private final AtomicReference<Node> front = new AtomicReference<>(new Node());

    /** The adder's. */
    private Node last = front.getPlain();

    /** One more. Only by the one that adds. */
    void add(InFlight<?, ?> exchange) {
        Node node = new Node();
        Node.EXCHANGE.lazySet(node, exchange);
        last.next(node);
        last = node;
    }

    /** The first; null if there is none. Only by the one that takes away. */
    @Nullable
    InFlight<?, ?> first() {
        Node first = front.getPlain().behind();
        return first == null ? null : first.exchange;
    }

    /** Takes the first away, which is there. Only by the one that takes away. */
    void removeFirst() {
        Node before = front.getPlain();
        Node first = before.behind();
        if (first == null) {
            throw new IllegalStateException("there is none");
        }
        front.lazySet(first);
        Node.EXCHANGE.lazySet(first, null); // an idle connection keeps nobody's thread
        before.next(null); // or one that has grown old would keep all that came after it
    }

    /** The first at some moment of this call; null if there was none then. */
    @SuppressWarnings("ReferenceEquality") // the same one is meant
    @Nullable
    InFlight<?, ?> oldest() {
        Node found;
        InFlight<?, ?> oldest;
        do {
            found = front.get();
            Node first = found.behind();
            oldest = first == null ? null : first.exchange;
        } while (oldest == null && found != front.get()); // taken away meanwhile
        return oldest;
    }

    /** All, while nobody adds or takes away. */
    List<InFlight<?, ?>> all() {
        List<InFlight<?, ?>> all = new ArrayList<>();
        for (Node node = front.get().behind(); node != null; node = node.behind()) {
            InFlight<?, ?> exchange = node.exchange;
            if (exchange != null) {
                all.add(exchange);
            }
        }
        return all;
    }
}
