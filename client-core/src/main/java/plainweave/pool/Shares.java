package plainweave.pool;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
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

    private final ConcurrentHashMap<Route, Crew> crews = new ConcurrentHashMap<>();
    private final int most;

    Shares(int most) {
        this.most = most;
    }

    private static final class Crew {
        final List<PooledConnection> members = new CopyOnWriteArrayList<>();
        final AtomicReference<@Nullable CompletableFuture<Boolean>> dialling = new AtomicReference<>();

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
            return (least == null || least.shared().load() > 0) && open() < most;
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

    /**
     * A connection on which the caller has a place.
     *
     * @throws TimeoutException if the deadline passed before one was up
     * @throws IOException if none could be dialled
     */
    PooledConnection take(Route route, Deadline deadline, Progress progress, Dial dial)
            throws IOException, InterruptedException, TimeoutException {
        Crew crew = crews.computeIfAbsent(route, r -> new Crew());
        while (true) {
            PooledConnection least = crew.least();
            CompletableFuture<Boolean> dialling = crew.wantsAnother(least, most) ? dialled(crew, dial) : null;
            if (least != null && least.shared().reserve()) {
                return least;
            }
            if (dialling != null) {
                await(dialling, deadline, progress);
            }
        }
    }

    /** One more, whatever the others' load; false if there are as many as there may be. */
    boolean oneMore(Route route, Deadline deadline, Progress progress, Dial dial)
            throws IOException, InterruptedException, TimeoutException {
        Crew crew = crews.computeIfAbsent(route, r -> new Crew());
        if (crew.open() >= most) {
            return false;
        }
        return await(dialled(crew, dial), deadline, progress);
    }

    /** A dial, of somebody's; it ends with whether there is one more, or there were enough. */
    private CompletableFuture<Boolean> dialled(Crew crew, Dial dial) {
        CompletableFuture<Boolean> known = crew.dialling.get();
        if (known != null) {
            return known;
        }
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> first = crew.dialling.compareAndExchange(null, mine);
        if (first != null) {
            return first;
        }
        if (crew.open() >= most) { // whoever dialled was done after the caller had counted
            crew.dialling.set(null);
            mine.complete(false);
            return mine;
        }
        Thread.ofVirtual().name("plainweave-dial").start(() -> {
            try {
                PooledConnection up = dial.dial();
                crew.members.add(up);
                if (up.shared().hasEnded()) {
                    crew.members.remove(up); // before it was added, so that nobody has removed it
                }
                crew.dialling.set(null);
                mine.complete(true);
            } catch (Throwable t) {
                crew.dialling.set(null);
                mine.completeExceptionally(t);
            }
        });
        return mine;
    }

    private static boolean await(CompletableFuture<Boolean> dialling, Deadline deadline, Progress progress)
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
            CompletableFuture<Boolean> dialling = crew.dialling.get();
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

    /** How many serve no exchange at the moment. */
    int idle(Predicate<Route> of) {
        int idle = 0;
        for (Map.Entry<Route, Crew> crew : crews.entrySet()) {
            if (of.test(crew.getKey())) {
                for (PooledConnection member : crew.getValue().members) {
                    idle += member.shared().load() == 0 ? 1 : 0;
                }
            }
        }
        return idle;
    }

    /** It has ended, or soon will. */
    void remove(PooledConnection connection) {
        Crew crew = crews.get(connection.route);
        if (crew != null) {
            crew.members.remove(connection);
        }
    }
}
