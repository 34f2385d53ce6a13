package plainweave.schedule;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All who wait, by head start and in order of arrival, whatever their endpoint: who has to go when the queue of the client is full.
 * Whoever leaves is unlinked, so neither joining nor leaving costs more in a long line.
 */
final class Cohorts {
    private final TreeMap<Long, Cohort> byHeadStart = new TreeMap<>();

    private static final class Cohort {
        private @Nullable Waiter newest;
    }

    void join(Waiter waiter) {
        Cohort cohort = byHeadStart.computeIfAbsent(waiter.priority.headStartNanos(), h -> new Cohort());
        Waiter before = cohort.newest;
        waiter.older = before;
        if (before != null) {
            before.newer = waiter;
        }
        cohort.newest = waiter;
    }

    void leave(Waiter waiter) {
        Waiter older = waiter.older;
        Waiter newer = waiter.newer;
        if (older != null) {
            older.newer = newer;
        }
        if (newer != null) {
            newer.older = older;
        } else if (older == null) {
            byHeadStart.remove(waiter.priority.headStartNanos());
        } else {
            cohortOf(waiter).newest = older;
        }
        waiter.older = null;
        waiter.newer = null;
    }

    private Cohort cohortOf(Waiter waiter) {
        Cohort cohort = byHeadStart.get(waiter.priority.headStartNanos());
        if (cohort == null) {
            throw new IllegalStateException("a waiter without its cohort");
        }
        return cohort;
    }

    /** The newest of those with the lowest head start. */
    @Nullable
    Waiter leastWorthy() {
        return byHeadStart.isEmpty() ? null : byHeadStart.firstEntry().getValue().newest;
    }
}
