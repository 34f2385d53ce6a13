package plainweave.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/** A wait for the addresses of a host. */
@Name("plainweave.DnsLookup")
@Label("DNS Lookup")
@Category({"Plainweave", "Connections"})
@Description("Somebody who had to connect waited for the addresses of a host")
@Threshold("10 ms")
@StackTrace(false)
public final class DnsLookupEvent extends Timed {
    private static final DnsLookupEvent PROBE = new DnsLookupEvent();

    /** Where addresses come from. */
    public enum Source {
        /** They were known. */
        CACHE,
        /** They were looked up, be it for somebody else. */
        LOOKUP,
        /** They were known before, and the lookup has failed or takes long. */
        STALE
    }

    @Label("Host")
    @Nullable
    String host;

    @Label("Addresses")
    @Description("How many it has; 0 after a failure")
    int addresses;

    @Label("Source")
    @Description(
            "CACHE, LOOKUP or STALE: the last good answer, because the lookup failed or took long; none after a failure")
    @Nullable
    String source;

    @Label("Failure")
    @Description("Why it failed, if it did")
    @Nullable
    String failure;

    private DnsLookupEvent() {}

    static @Nullable DnsLookupEvent begun() {
        return begun(PROBE, DnsLookupEvent::new);
    }

    /** There are addresses. */
    public void done(String of, int count, Source from) {
        if (isOver()) {
            host = of;
            addresses = count;
            source = from.name();
            commit();
        }
    }

    /** There are none. */
    public void failed(String of, Throwable why) {
        if (isOver()) {
            host = of;
            failure = inWords(why);
            commit();
        }
    }
}
