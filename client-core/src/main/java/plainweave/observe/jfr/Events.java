package plainweave.observe.jfr;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;

/**
 * The only door to the events, for a runtime may be without JFR: then there are none. Safe from any thread. While nobody records, each
 * method is a check and allocates nothing.
 */
public final class Events {
    private static final boolean JFR_IS_THERE = isThere();

    private Events() {}

    private static boolean isThere() {
        try {
            Class.forName("jdk.jfr.Event", false, Events.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** A call or lease that begins now; null if nobody records it. */
    public static Progress.@Nullable Recording exchange() {
        return JFR_IS_THERE ? ExchangeEvent.begun() : null;
    }

    /** A wait for a permit that begins now; null if nobody records it. */
    public static @Nullable QueueWaitEvent queueWait() {
        return JFR_IS_THERE ? QueueWaitEvent.begun() : null;
    }

    /** A wait for a host's addresses that begins now; null if nobody records it. */
    public static @Nullable DnsLookupEvent dnsLookup() {
        return JFR_IS_THERE ? DnsLookupEvent.begun() : null;
    }

    /** A connect that begins now; null if nobody records it. */
    public static @Nullable ConnectEvent connect() {
        return JFR_IS_THERE ? ConnectEvent.begun() : null;
    }

    /** A handshake that begins now; null if nobody records it. */
    public static @Nullable TlsHandshakeEvent tlsHandshake() {
        return JFR_IS_THERE ? TlsHandshakeEvent.begun() : null;
    }

    /**
     * A lease or stream looks forgotten.
     *
     * @param what which of the two
     * @param lost whether nobody can close it any more
     * @param held since it was taken
     * @param holder the thread that took it
     * @param takenAt the line that took it
     */
    public static void leak(
            Endpoint endpoint, Object what, boolean lost, Duration held, Thread holder, String takenAt) {
        if (JFR_IS_THERE) {
            LeakEvent.write(endpoint, what, lost, held, holder, takenAt);
        }
    }

    /**
     * A call was refused in the queue.
     *
     * @param inFavourOf the priority it made room for; null if it did not
     */
    public static void shed(Endpoint endpoint, Priority priority, @Nullable Priority inFavourOf, String why) {
        if (JFR_IS_THERE) {
            ShedEvent.write(endpoint, priority, inFavourOf, why);
        }
    }
}
