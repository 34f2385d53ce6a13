package plainweave;

import java.io.Serializable;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.observe.ClientStats;
import plainweave.pool.ConnectionPool;
import plainweave.schedule.PrioritySemaphore;

/**
 * Where a call's time went and how permits, queue and pool stood when it failed: numbers, and words only for whoever asks.
 *
 * @param priority at which it waited
 * @param progress its own, finished
 * @param here its endpoint's permits
 * @param queuePerEndpoint how many may wait there
 * @param connections its endpoint's
 * @param client all endpoints together
 */
record Details(
        Priority priority,
        Progress progress,
        PrioritySemaphore.EndpointCounts here,
        int queuePerEndpoint,
        ConnectionPool.Counts connections,
        ClientStats client)
        implements Serializable {

    /** Elsewhere only the words are wanted. */
    private Object writeReplace() {
        return toString();
    }

    @Override
    public String toString() {
        return "after " + Progress.inWords(progress.totalNanos()) + " at " + priority + ": " + progress
                + "; request " + (progress.sent() ? "sent" : "not sent")
                + "; endpoint: permits " + here.out() + "/" + here.limit() + " out, queue "
                + here.waiting() + "/" + queuePerEndpoint + ", connections " + connections.open() + " open "
                + connections.idle() + " idle; client: " + client;
    }
}
