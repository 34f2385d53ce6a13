package plainweave.observe.jfr;

import java.time.Duration;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/** A lease or stream that looks forgotten. */
@Name("plainweave.Leak")
@Label("Leak")
@Category({"Plainweave", "Calls"})
@Description("A lease or stream was held for longer than leakAfter, or was lost without being closed")
@Threshold("0 ms")
@StackTrace(false)
final class LeakEvent extends Event {
    @Label("Endpoint")
    @Nullable
    String endpoint;

    @Label("What")
    @Description("lease or stream")
    @Nullable
    String what;

    @Label("Lost")
    @Description("Whether it was lost, so that its permit was taken back, or is held still")
    boolean lost;

    @Label("Held")
    @Description("Time since it was taken")
    @Timespan
    long held;

    @Label("Holder")
    @Description("The thread that took it")
    @Nullable
    String holder;

    @Label("Taken At")
    @Description("The line that took it; the whole stack is in the log")
    @Nullable
    String takenAt;

    private LeakEvent() {}

    static void write(Endpoint endpoint, Object what, boolean lost, Duration held, Thread holder, String takenAt) {
        LeakEvent event = new LeakEvent();
        if (event.shouldCommit()) {
            event.endpoint = endpoint.toString();
            event.what = what.toString();
            event.lost = lost;
            event.held = held.toNanos();
            event.holder = holder.getName().isEmpty() ? "#" + holder.threadId() : holder.getName();
            event.takenAt = takenAt;
            event.commit();
        }
    }
}
