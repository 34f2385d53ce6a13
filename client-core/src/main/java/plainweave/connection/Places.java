package plainweave.connection;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many exchanges a shared connection has let in, and whether it lets in more.
 *
 * <p>What must always hold: never more are taken than there are. The owner hears once of each time the last one is left, and once of
 * each time the next one is taken or all are shut instead; from different threads, so not always in that order. Of all who leave or
 * shut, exactly one hears that it is over: that nobody is in and nobody will be. Safe from any thread.
 */
final class Places {
    /** Added to the places taken once nobody is let in any more. */
    private static final int SHUT = 1 << 30;

    private final int all;
    private final SharedConnection.Owner owner;
    private final AtomicInteger taken = new AtomicInteger();

    /** All free; the owner does not hear of that. */
    Places(int all, SharedConnection.Owner owner) {
        this.all = all;
        this.owner = owner;
    }

    /** Takes one; false if there is none, or nobody is let in any more. */
    boolean take() {
        int now = taken.get();
        while (now < all) { // shut, it is above any number
            if (taken.compareAndSet(now, now + 1)) {
                if (now == 0) {
                    owner.busy();
                }
                return true;
            }
            now = taken.get();
        }
        return false;
    }

    /** Leaves one; whether that was the last one, and it is shut. */
    boolean leave() {
        int left = taken.decrementAndGet();
        if (left == 0) {
            owner.idle();
        }
        return left == SHUT;
    }

    /** Lets nobody in any more; whether nobody is in either, and it was not shut before. */
    boolean shut() {
        boolean over = taken.getAndUpdate(now -> now | SHUT) == 0;
        if (over) {
            owner.busy();
        }
        return over;
    }

    /** The same if none is taken; whether that was so. */
    boolean shutIfFree() {
        boolean over = taken.compareAndSet(0, SHUT);
        if (over) {
            owner.busy();
        }
        return over;
    }

    /** Whether anybody is let in, as long as there are any. */
    boolean areOpen() {
        return taken.get() < SHUT;
    }

    /** Whether somebody is let in and none is taken. */
    boolean areFree() {
        return taken.get() == 0;
    }

    int taken() {
        return taken.get() & ~SHUT;
    }
}
