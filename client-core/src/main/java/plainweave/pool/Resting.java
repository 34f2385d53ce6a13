package plainweave.pool;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of an endpoint: how many there are, and the one that became idle last, unless it is in the store already. Under
 * load that one is taken again at once, and a way through commons-pool2 would cost more than all else the pool does for an exchange.
 */
final class Resting {
    final AtomicInteger count = new AtomicInteger();
    private final AtomicReference<@Nullable PooledConnection> latest = new AtomicReference<>();

    /** It became idle; the one that did before is to go to the store. */
    @Nullable
    PooledConnection put(PooledConnection connection) {
        return latest.getAndSet(connection);
    }

    /** The one that became idle last, if nobody took it; somebody may have closed it. */
    @Nullable
    PooledConnection take() {
        return latest.get() == null ? null : latest.getAndSet(null);
    }
}
