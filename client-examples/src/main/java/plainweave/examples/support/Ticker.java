package plainweave.examples.support;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Does something over and over, on a platform thread of its own, until it is closed. */
final class Ticker implements AutoCloseable {
    private final ScheduledExecutorService clock;
    private final ScheduledFuture<?> work;

    /** Begins, one pace from now. */
    Ticker(String name, Duration pace, Runnable work) {
        clock = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        this.work = clock.scheduleAtFixedRate(work, pace.toNanos(), pace.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Waits until it is not at it any more.
     *
     * @throws IllegalStateException if it has failed, and so was not done any more
     */
    @Override
    public void close() {
        clock.close();
        if (work.state() == Future.State.FAILED) {
            throw new IllegalStateException("stopped too early", work.exceptionNow());
        }
    }
}
