package plainweave.examples.support;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import plainweave.call.Dns;

/** A resolver that is some way off: for each name the loopback address, after a while. Safe from any thread. */
public final class SlowNames implements Dns {
    private final Duration away;
    private final LongAdder lookups = new LongAdder();

    /** One whose answers take so long. */
    public SlowNames(Duration away) {
        this.away = away;
    }

    @Override
    public List<InetAddress> resolve(String host) {
        lookups.increment();
        long due = System.nanoTime() + away.toNanos();
        for (long left = away.toNanos(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        return List.of(InetAddress.getLoopbackAddress());
    }

    /** How often it was asked. */
    public long lookups() {
        return lookups.sum();
    }
}
