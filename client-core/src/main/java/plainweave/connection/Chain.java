package plainweave.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges in the order in which they were sent. One thread adds, one takes the first away, any may look.
 *
 * <p>What must always hold: behind the front stand all that were added and not taken away. As each end is one thread's, neither needs an
 * atomic operation, only that its writes are seen in their order.
 */
final class Chain {
    /** The one that was taken away last, or one that none was. */
    private final AtomicReference<Link> front = new AtomicReference<>(new Link());

    /** The adder's. */
    private Link last = front.getPlain();

    /** One more. Only by the one that adds. */
    void add(InFlight<?, ?> exchange) {
        last.next(exchange);
        last = exchange;
    }

    /** The first; null if there is none. Only by the one that takes away. */
    @Nullable
    InFlight<?, ?> first() {
        return behind(front.getPlain());
    }

    /** Takes the first away, which is there. Only by the one that takes away. */
    void removeFirst(InFlight<?, ?> first) {
        Link before = front.getPlain();
        front.lazySet(first);
        before.next(null); // or one that has grown old would keep all that came after it
    }

    /** The first at some moment of this call; null if there was none then. */
    @SuppressWarnings("ReferenceEquality") // the same one is meant
    @Nullable
    InFlight<?, ?> oldest() {
        Link found = front.get();
        InFlight<?, ?> oldest = behind(found);
        while (oldest == null && found != front.get()) { // taken away meanwhile, and unlinked
            found = front.get();
            oldest = behind(found);
        }
        return oldest;
    }

    /** All, while nobody adds or takes away. */
    List<InFlight<?, ?>> all() {
        List<InFlight<?, ?>> all = new ArrayList<>();
        for (InFlight<?, ?> next = behind(front.get()); next != null; next = behind(next)) {
            all.add(next);
        }
        return all;
    }

    private static @Nullable InFlight<?, ?> behind(Link link) {
        return (InFlight<?, ?>) link.next();
    }
}
