package plainweave;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** One thread per client that looks after it at a fixed pace. */
final class Housekeeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Housekeeper.class.getName());

    private final Runnable round;
    private final Duration pace;
    private final Thread thread;
    private volatile boolean closed;

    Housekeeper(Runnable round, Duration pace) {
        this.round = round;
        this.pace = pace;
        this.thread =
                Thread.ofPlatform().daemon().name("plainweave-housekeeper").start(this::work);
    }

    private void work() {
        while (!closed) {
            try {
                round.run();
            } catch (Throwable e) {
                LOG.log(Level.ERROR, "a round of housekeeping failed; the next one comes", e);
            }
            LockSupport.parkNanos(this, pace.toNanos());
        }
    }

    /** Ends the thread after its present round; does not wait. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
