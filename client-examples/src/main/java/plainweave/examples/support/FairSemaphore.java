package plainweave.examples.support;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import plainweave.Remote;
import plainweave.call.Deadline;

/** The usual way to bound what goes to a server: a fair semaphore before the calls, and a bound to how many wait for it. All calls are alike. */
public final class FairSemaphore implements OpenLoop.Call {
    private final Remote<String, String> remote;
    private final Semaphore permits;
    private final Semaphore places;

    /**
     * A semaphore.
     *
     * @param permits how many calls it lets in at once
     * @param queue how many more may wait
     */
    public FairSemaphore(Remote<String, String> remote, int permits, int queue) {
        this.remote = remote;
        this.permits = new Semaphore(permits, true);
        this.places = new Semaphore(permits + queue);
    }

    @Override
    public boolean replied(boolean urgent, Deadline deadline) throws InterruptedException {
        if (!places.tryAcquire()) {
            return false;
        }
        try {
            if (!permits.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                return false;
            }
            try {
                return remote.until(deadline).call("x").isEmpty();
            } finally {
                permits.release();
            }
        } finally {
            places.release();
        }
    }
}
