package plainweave.pool;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import plainweave.call.Route;
import plainweave.connection.Scratch;

/**
 * The idle connections, last in first out by route: commons-pool2 with every cap, wait, test and thread of its own switched off.
 * Bounded, it makes virtual threads wait in {@code Object.wait}, which on JDK 21 holds their carriers, and with a wait limit it
 * spins; uncapped, those paths are never entered. It dials nothing either: connections are brought to it, and where there is
 * none idle its factory says so.
 *
 * <p>What must always hold: one thread at a time is inside a commons-pool. Removing a connection takes the pool's locks while it
 * holds a monitor; on JDK 21 a virtual thread that has to wait there keeps its carrier, and once all carriers are kept that way
 * the thread whose turn it is has none. Behind our own lock the pool's locks are always free. There is a pool with its lock for
 * each of a few groups of routes, so that endpoints do not wait for each other.
 */
final class IdleStore {
    /** A power of two; a commons-pool takes some 7 KiB, used or not. */
    private static final int SHELVES = 8;

    /** For each shelf, so that all of them take less than a mebibyte. */
    private static final int MOST_SCRATCH = 64;

    private final List<Shelf> shelves =
            Stream.generate(Shelf::new).limit(SHELVES).toList();

    /** Some of the routes. */
    private static final class Shelf {
        final ReentrantLock lock = new ReentrantLock();
        final GenericKeyedObjectPool<Key, PooledConnection> pool = emptyPool();

        /** What idle connections have no use for; under the lock, which is held anyway. */
        final ArrayDeque<Scratch> scratch = new ArrayDeque<>();
    }

    private Shelf shelf(Key key) {
        int hash = key.hashCode();
        return shelves.get((hash ^ hash >>> 16) & SHELVES - 1);
    }

    private static GenericKeyedObjectPool<Key, PooledConnection> emptyPool() {
        GenericKeyedObjectPoolConfig<PooledConnection> config = new GenericKeyedObjectPoolConfig<>();
        config.setMaxTotal(-1);
        config.setMaxTotalPerKey(-1);
        config.setMaxIdlePerKey(-1);
        config.setBlockWhenExhausted(false);
        config.setJmxEnabled(false);
        config.setLifo(true);
        return new GenericKeyedObjectPool<>(new Brought(), config);
    }

    /** The connection of this route that was put here last, or null. It stays known to the store until it is removed. */
    @Nullable
    PooledConnection take(Route route) {
        Key key = new Key(route, null);
        return with(key, shelf -> {
            try {
                PooledConnection taken = shelf.pool.borrowObject(key);
                Scratch left = shelf.scratch.poll();
                if (left != null) {
                    taken.connection.wake(left);
                }
                return taken;
            } catch (NoneIdle none) {
                return null;
            }
        });
    }

    void put(PooledConnection connection) {
        Key key = connection.key;
        with(key, shelf -> {
            Scratch left = connection.connection.rest();
            if (shelf.scratch.size() < MOST_SCRATCH) {
                shelf.scratch.push(left);
            }
            if (connection.knownToStore) {
                shelf.pool.returnObject(key, connection);
            } else {
                connection.knownToStore = true;
                shelf.pool.addObject(key);
            }
            return null;
        });
    }

    /** Forgets a connection, idle or taken, that is closed already. */
    void remove(PooledConnection connection) {
        if (connection.knownToStore) {
            with(connection.key, shelf -> {
                shelf.pool.invalidateObject(connection.key, connection);
                return null;
            });
        }
    }

    /** How many routes it knows a connection of. */
    int routes() {
        return shelves.stream().mapToInt(shelf -> shelf.pool.getKeys().size()).sum();
    }

    private interface Use {
        @Nullable
        PooledConnection of(Shelf shelf) throws Exception;
    }

    private @Nullable PooledConnection with(Key key, Use use) {
        Shelf shelf = shelf(key);
        shelf.lock.lock();
        try {
            return use.of(shelf);
        } catch (Exception e) {
            throw new IllegalStateException("the idle store failed", e);
        } finally {
            shelf.lock.unlock();
        }
    }

    /** Equal by route; a connection's own key carries it to the factory. */
    static final class Key {
        private final Route route;
        private final @Nullable PooledConnection brought;

        Key(Route route, @Nullable PooledConnection brought) {
            this.route = route;
            this.brought = brought;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key that && route.equals(that.route);
        }

        @Override
        public int hashCode() {
            return route.hashCode();
        }

        @Override
        public String toString() {
            return route.toString();
        }
    }

    private static final class Brought extends BaseKeyedPooledObjectFactory<Key, PooledConnection> {
        @Override
        public PooledConnection create(Key key) throws NoneIdle {
            if (key.brought == null) {
                throw NoneIdle.INSTANCE;
            }
            return key.brought;
        }

        @Override
        public PooledObject<PooledConnection> wrap(PooledConnection connection) {
            return new DefaultPooledObject<>(connection);
        }
    }

    /** An answer, not an error: without a stack it costs nothing. */
    private static final class NoneIdle extends Exception {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack to be the wrong one
        private static final NoneIdle INSTANCE = new NoneIdle();

        private NoneIdle() {
            super("none idle", null, false, false);
        }
    }
}
