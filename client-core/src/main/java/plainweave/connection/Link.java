package plainweave.connection;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * What can be put one behind the other without an object in between. It is in one chain at a time, and its next one is written by one thread
 * at a time; any may follow it.
 */
class Link {
    private static final AtomicReferenceFieldUpdater<Link, @Nullable Link> NEXT =
            AtomicReferenceFieldUpdater.newUpdater(Link.class, Link.class, "next");

    private volatile @Nullable Link next;

    final @Nullable Link next() {
        return next;
    }

    /** Whoever finds it there finds it as it was left. */
    final void next(@Nullable Link to) {
        NEXT.lazySet(this, to); // a full fence would be dearer than all else that is done with it
    }
}
