package plainweave.observe.jfr;

import java.util.concurrent.TimeoutException;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Priority;

/** A wait for a permit, of a caller that found none free. */
@Name("plainweave.QueueWait")
@Label("Queue Wait")
@Category({"Plainweave", "Calls"})
@Description("A call or lease waited for a permit")
@Threshold("10 ms")
public final class QueueWaitEvent extends Timed {
    private static final QueueWaitEvent PROBE = new QueueWaitEvent();

    @Label("Endpoint")
    @Nullable
    String endpoint;

    @Label("Priority")
    @Nullable
    String priority;

    @Label("Position")
    @Description("How many waited for this endpoint when it joined the queue, whatever their priority")
    int position;

    @Label("Outcome")
    @Description("done, or the kind of failure: DeadlineExceeded, Rejected, Cancelled")
    @Nullable
    String outcome;

    private QueueWaitEvent() {}

    static @Nullable QueueWaitEvent begun() {
        return begun(PROBE, QueueWaitEvent::new);
    }

    /**
     * It is over.
     *
     * @param found how many waited there when it came
     * @param failure why there was no permit; null if there was one
     */
    public void done(Endpoint where, Priority waitedAt, int found, @Nullable Throwable failure) {
        if (isOver()) {
            endpoint = where.toString();
            priority = waitedAt.name();
            position = found;
            outcome = outcome(failure);
            commit();
        }
    }

    /** What the failure becomes that the caller is told. */
    private static String outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return DONE;
        }
        if (failure instanceof InterruptedException) {
            return "Cancelled";
        }
        return failure instanceof TimeoutException ? "DeadlineExceeded" : "Rejected";
    }
}
