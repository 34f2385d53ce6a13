package plainweave.schedule;

import plainweave.call.Route;

/** What a permit can carry from one holder to the next: a connection kept after its exchange. */
public interface Slot {
    /** Whether an exchange on this route may use it. */
    boolean fits(Route route);

    /**
     * Puts it where any later exchange finds it. Called outside the semaphore's lock, before the next holder wakes.
     *
     * @param limit the permits of its endpoint, which are as many connections as it may have
     */
    void store(int limit);
}
