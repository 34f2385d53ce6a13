package plainweave.examples.support;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plainweave.Client;
import plainweave.call.Endpoint;
import plainweave.testing.Capacity;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/**
 * A server on loopback that answers a line with an empty one, and now and then is not well: every second phase it is slow, silent, or
 * resets its connections, in turn.
 */
public final class FaultyServer implements AutoCloseable {
    private static final Duration SERVICE = Duration.ofMillis(5);
    private static final Duration SLOW_SERVICE = Duration.ofMillis(20);
    private static final Duration SHORTEST_PHASE = Duration.ofMillis(50);
    private static final int REPLIES_BEFORE_RESET = 20;

    private final Script well;
    private final List<Fault> faults;
    private final FaultServer server;
    private volatile int phase;
    private @Nullable Ticker changes;

    private record Fault(String name, Script script) {}

    private FaultyServer(int slots) {
        Script reply = answering(slots, SERVICE);
        well = reply.repeat();
        faults = List.of(
                new Fault("slow", answering(slots, SLOW_SERVICE).repeat()),
                new Fault("silent", FaultServer.script().readLine().stall()),
                new Fault(
                        "resets", reply.repeat(REPLIES_BEFORE_RESET).readLine().reset()));
        server = FaultServer.start(well);
    }

    private static Script answering(int slots, Duration service) {
        return FaultServer.script()
                .readLine()
                .serve(Capacity.of(slots, service))
                .reply("\n");
    }

    /** Starts one that is well, and serves so many lines side by side. */
    public static FaultyServer start(int slots) {
        return new FaultyServer(slots);
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return Endpoint.of(server.host(), server.port());
    }

    /**
     * From now on its phases change, not faster than 20 times a second. A connection keeps to what it began with, so the client then gives
     * its own up. To be called once.
     */
    public void change(Duration every, Client client) {
        Duration pace = every.compareTo(SHORTEST_PHASE) < 0 ? SHORTEST_PHASE : every;
        changes = new Ticker("plainweave-faults", pace, () -> next(client));
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread does
    private void next(Client client) {
        phase++;
        server.play(isWell(phase) ? well : fault(phase).script);
        client.evict(endpoint());
    }

    private static boolean isWell(int phase) {
        return phase % 2 == 0;
    }

    private Fault fault(int phase) {
        return faults.get(phase / 2 % faults.size());
    }

    /** What is wrong with it now; empty if nothing is. */
    public String fault() {
        int now = phase;
        return isWell(now) ? "" : fault(now).name;
    }

    /** How often something has been wrong with it so far. */
    public int faults() {
        return (phase + 1) / 2;
    }

    @Override
    public void close() {
        if (changes != null) {
            changes.close();
        }
        server.close();
    }
}
