package plainweave.pool;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.net.CutException;
import plainweave.net.DialException;

/**
 * The connections that callers of a route share. Whoever comes takes a place on the one with the fewest exchanges. Where all are in use and
 * there may be more, another is dialled, by a thread of its own, so that no caller's deadline or interrupt ends what others wait for.
 *
 * <p>What must always hold: at most one dial per route is under way, and at most so many of its connections let anybody in. Permits never
 * exceed the places of all of them, so whoever holds one finds a place once they are up. Safe from any thread.
 */
final class Shares {
    /** Opens one more. */
    interface Dial {
        PooledConnection dial() throws IOException, InterruptedException;
    }

    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** So many new ones that end before their callers are on them are not chance. */
    private static final int STILLBORN = 3;

    private final ConcurrentHashMap<Route, Crew> crews = new ConcurrentHashMap<>();
    private final int most;

    Shares(int most) {
        this.most = most;
    }

    private static final class Crew {
        final List<PooledConnection> members = new CopyOnWriteArrayList<>();
        final AtomicReference<@Nullable CompletableFuture<@Nullable PooledConnection>> dialling =
                new AtomicReference<>();

        /** Callers that look for a place, and the dial; the map's, which forgets a crew without any of these. */
        int users;

        /** After a dial failed, no spare one is begun until then. */
        private volatile long pauseEnds = System.nanoTime();

        /** Only of a dial, so of one at a time. */
        private long pause;

        /** Of those that let anybody in, the one with the fewest exchanges. */
        @Nullable
        PooledConnection least() {
            PooledConnection least = null;
            int fewest = Integer.MAX_VALUE;
            for (PooledConnection member : members) {
                int load = member.shared().isOpen() ? member.shared().load() : Integer.MAX_VALUE;
                if (load < fewest) {
                    fewest = load;
                    least = member;
                }
            }
            return least;
        }

        /** Whether all are in use and there may be more. */
        boolean wantsAnother(@Nullable PooledConnection least, int most) {
            if (open() >= most) {
                return false;
            }
            return least == null
                    || least.shared().isFull() // so it is for somebody, not to spare
                    || least.shared().load() > 0 && pauseEnds - System.nanoTime() <= 0;
        }

        void dialled(boolean up) {
            pause = up ? 0 : Math.clamp(2 * pause, FIRST_PAUSE.toNanos(), LONGEST_PAUSE.toNanos());
            pauseEnds = System.nanoTime() + pause;
        }

        int open() {
            int open = 0;
            for (PooledConnection member : members) {
                open += member.shared().isOpen() ? 1 : 0;
            }
            return open;
        }
    }

    /** The same as {@link #take} where nothing has to be dialled; else null. */
    @Nullable
    PooledConnection takeKnown(Route route) {
        Crew crew = crews.get(route);
        if (crew == null) {
            return null;
        }
        PooledConnection least = crew.least();
        return least != null
                        && !crew.wantsAnother(least, most)
                        && least.shared().reserve()
                ? least
                : null;
    }

    private Crew join(Route route) {
        return crews.compute(route, (r, known) -> {
            Crew joined = known == null ? new Crew() : known;
            joined.users++;
            return joined;
        });
    }

    private void leave(Route route) {
        crews.computeIfPresent(route, (r, crew) -> --crew.users == 0 && crew.members.isEmpty() ? null : crew);
    }

    /** How many routes take memory: those with a connection, a dial, or a caller that waits for either. */
    int routes() {
        return crews.size();
    }

    /**
     * A connection on which the caller has a place.
     *
     * @throws TimeoutException if the deadline passed before one was up
     * @throws IOException if none could be dialled, or the peer ended each at once
     */
    PooledConnection take(Route route, Deadline deadline, Progress progress, Dial dial)
            throws IOException, InterruptedException, TimeoutException {
        Crew crew = join(route);
        try {
            int stillborn = 0;
            while (stillborn < STILLBORN) {
                PooledConnection least = crew.least();
                CompletableFuture<@Nullable PooledConnection> dialling =
                        crew.wantsAnother(least, most) ? dialled(route, crew, dial) : null;
                if (least != null && least.shared().reserve()) {
                    return least;
                }
                PooledConnection up = dialling == null ? null : await(dialling, deadline, progress);
                if (up != null && up.shared().hasEnded()) { // else others may have taken all of its places
                    stillborn++;
                }
            }
            progress.enter(Phase.WRITE, System.nanoTime()); // it could be reached, and then was lost
            throw new EOFException("the peer closed each of " + STILLBORN + " connections as soon as it was open");
        } finally {
            leave(route);
        }
    }

    /** One more, whatever the others' load; false if there are as many as there may be. */
    boolean oneMore(Route route, Deadline deadline, Progress progress, Dial dial)
            throws IOException, InterruptedException, TimeoutException {
        Crew crew = join(route);
        try {
            return crew.open() < most && await(dialled(route, crew, dial), deadline, progress) != null;
        } finally {
            leave(route);
        }
    }

    /** A dial, of somebody's; it ends with the one that is up, or null if there were enough. */
    private CompletableFuture<@Nullable PooledConnection> dialled(Route route, Crew crew, Dial dial) {
        CompletableFuture<@Nullable PooledConnection> known = crew.dialling.get();
        if (known != null) {
            return known;
        }
        CompletableFuture<@Nullable PooledConnection> mine = new CompletableFuture<>();
        CompletableFuture<@Nullable PooledConnection> first = crew.dialling.compareAndExchange(null, mine);
        if (first != null) {
            return first;
        }
        if (crew.open() >= most) { // whoever dialled was done after the caller had counted
            crew.dialling.set(null);
            mine.complete(null);
            return mine;
        }
        join(route); // with its caller, so it is the same crew
        Thread.ofVirtual().name("plainweave-dial").start(() -> {
            try {
                PooledConnection up = dial.dial();
                crew.members.add(up);
                if (up.shared().hasEnded()) {
                    crew.members.remove(up); // before it was added, so that nobody has removed it
                }
                crew.dialled(true);
                crew.dialling.set(null);
                mine.complete(up);
            } catch (Throwable t) {
                crew.dialled(false);
                crew.dialling.set(null);
                mine.completeExceptionally(t);
            } finally {
                leave(route);
            }
        });
        return mine;
    }

    private static @Nullable PooledConnection await(
            CompletableFuture<@Nullable PooledConnection> dialling, Deadline deadline, Progress progress)
            throws IOException, InterruptedException, TimeoutException {
        progress.enter(Phase.CONNECT, System.nanoTime());
        try {
            return dialling.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwable why = e.getCause();
            if (why instanceof DialException failed && !failed.attempts().isEmpty()) {
                progress.enter(failed.attempts().getLast().phase(), System.nanoTime());
            }
            if (why instanceof IOException failed) {
                throw failed;
            }
            throw new IOException("dialling failed, " + why, why);
        } catch (TimeoutException e) {
            throw new CutException(CutException.Reason.DEADLINE, e);
        }
    }

    /** Waits until none is left, after the end of all was asked for; at most until the deadline. */
    void awaitEnd(Deadline deadline) throws InterruptedException {
        for (Crew crew : crews.values()) {
            CompletableFuture<@Nullable PooledConnection> dialling = crew.dialling.get();
            if (dialling != null) {
                try {
                    dialling.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
                } catch (ExecutionException | TimeoutException e) {
                    // there is none, or there was time enough
                }
            }
            for (PooledConnection member : crew.members) {
                member.shared().awaitEnd(deadline);
            }
        }
    }

    /** It has ended, or soon will. */
    void remove(PooledConnection connection) {
        crews.computeIfPresent(connection.route, (route, crew) -> {
            crew.members.remove(connection);
            return crew.users == 0 && crew.members.isEmpty() ? null : crew;
        });
    }
}
