package plainweave.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Priority;

/** A call that was refused in the queue. */
@Name("plainweave.Shed")
@Label("Shed")
@Category({"Plainweave", "Calls"})
@Description("A call or lease was refused in the queue")
@Threshold("0 ms")
@StackTrace(false)
final class ShedEvent extends Event {
    @Label("Endpoint")
    @Nullable
    String endpoint;

    @Label("Priority")
    @Nullable
    String priority;

    @Label("In Favour Of")
    @Description("The priority of the call it made room for, if it did")
    @Nullable
    String inFavourOf;

    @Label("Why")
    @Nullable
    String why;

    private ShedEvent() {}

    static void write(Endpoint endpoint, Priority priority, @Nullable Priority inFavourOf, String why) {
        ShedEvent event = new ShedEvent();
        if (event.shouldCommit()) {
            event.endpoint = endpoint.toString();
            event.priority = priority.name();
            event.inFavourOf = inFavourOf == null ? null : inFavourOf.name();
            event.why = why;
            event.commit();
        }
    }
}
