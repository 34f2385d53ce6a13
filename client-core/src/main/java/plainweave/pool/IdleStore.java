package plainweave.pool;

import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import plainweave.call.Route;

/**
 * The idle connections, last in first out by route: commons-pool2 with every cap, wait, test and thread of its own switched off.
 * Bounded, it makes virtual threads wait in {@code Object.wait}, which on JDK 21 holds their carriers, and with a wait limit it
 * spins; uncapped, those paths are never entered. It dials nothing either: connections are brought to it, and where there is
 * none idle its factory says so.
 */
final class IdleStore {
    private final GenericKeyedObjectPool<Key, PooledConnection> pool;

    IdleStore() {
        GenericKeyedObjectPoolConfig<PooledConnection> config = new GenericKeyedObjectPoolConfig<>();
        config.setMaxTotal(-1);
        config.setMaxTotalPerKey(-1);
        config.setMaxIdlePerKey(-1);
        config.setBlockWhenExhausted(false);
        config.setJmxEnabled(false);
        config.setLifo(true);
        pool = new GenericKeyedObjectPool<>(new Brought(), config);
    }

    /** The connection of this route that was put here last, or null. It stays known to the store until it is removed. */
    @Nullable
    PooledConnection take(Route route) {
        try {
            return pool.borrowObject(new Key(route, null));
        } catch (NoneIdle none) {
            return null;
        } catch (Exception e) {
            throw new IllegalStateException("the idle store failed", e);
        }
    }

    void put(PooledConnection connection) {
        try {
            if (connection.knownToStore) {
                pool.returnObject(connection.key, connection);
            } else {
                connection.knownToStore = true;
                pool.addObject(connection.key);
            }
        } catch (Exception e) {
            throw new IllegalStateException("the idle store failed", e);
        }
    }

    /** Forgets a connection, idle or taken, that is closed already. */
    void remove(PooledConnection connection) {
        if (!connection.knownToStore) {
            return;
        }
        try {
            pool.invalidateObject(connection.key, connection);
        } catch (Exception e) {
            throw new IllegalStateException("the idle store failed", e);
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
