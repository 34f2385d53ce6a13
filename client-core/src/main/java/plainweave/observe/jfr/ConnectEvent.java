package plainweave.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/** A transport is connected to one of a name's addresses. */
@Name("plainweave.Connect")
@Label("Connect")
@Category({"Plainweave", "Connections"})
@Description("The addresses of an endpoint were tried until one was connected")
@Threshold("10 ms")
@StackTrace(false)
public final class ConnectEvent extends Timed {
    private static final ConnectEvent PROBE = new ConnectEvent();

    @Label("Endpoint")
    @Nullable
    String endpoint;

    @Label("Address")
    @Description("The one that is connected, if any is")
    @Nullable
    String address;

    @Label("Attempts")
    @Description("How many addresses were tried")
    int attempts;

    @Label("Failure")
    @Description("Why it failed, if it did")
    @Nullable
    String failure;

    private ConnectEvent() {}

    static @Nullable ConnectEvent begun() {
        return begun(PROBE, ConnectEvent::new);
    }

    /** One of them is connected. */
    public void done(Endpoint to, String connected, int tried) {
        if (isOver()) {
            endpoint = to.toString();
            address = connected;
            attempts = tried;
            commit();
        }
    }

    /** None is. */
    public void failed(Endpoint to, int tried, Throwable why) {
        if (isOver()) {
            endpoint = to.toString();
            attempts = tried;
            failure = inWords(why);
            commit();
        }
    }
}
