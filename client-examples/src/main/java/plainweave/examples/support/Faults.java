package plainweave.examples.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plainweave.call.Endpoint;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Servers that fail each call, each in its own way, on free ports of the loopback address. */
public final class Faults implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Map<String, FaultServer> servers = new LinkedHashMap<>();
    private final DeadPort dead = FaultServer.refusing();

    private Faults() {}

    /**
     * Starts them.
     *
     * @param request how many bytes a request has
     */
    public static Faults start(int request) {
        Script asked = FaultServer.script().readExactly(request);
        Faults faults = new Faults();
        faults.servers.put("reset", FaultServer.start(asked.reset()));
        faults.servers.put("hung up", FaultServer.start(FaultServer.script().close()));
        faults.servers.put("cut off", FaultServer.start(asked.cutAfter(2).garbage(8)));
        faults.servers.put("garbage", FaultServer.start(asked.garbage(64)));
        faults.servers.put("silence", FaultServer.start(asked.stall()));
        return faults;
    }

    /** What each of them does. */
    public List<String> kinds() {
        List<String> kinds = new ArrayList<>(servers.keySet());
        kinds.add("refused");
        return kinds;
    }

    /** Where they are, in the same order. */
    public List<Endpoint> endpoints() {
        List<Endpoint> endpoints = new ArrayList<>();
        servers.values().forEach(server -> endpoints.add(Endpoint.of(server.host(), server.port())));
        endpoints.add(Endpoint.of(dead.host(), dead.port()));
        return endpoints;
    }

    /** Waits until they have closed their sides of all connections, which are of this process too. */
    public void settle() {
        try {
            for (FaultServer server : servers.values()) {
                server.awaitOpen(0, PATIENCE);
            }
        } catch (InterruptedException e) {
            throw new Complaint("interrupted while connections were closing");
        }
    }

    @Override
    public void close() {
        servers.values().forEach(FaultServer::close);
        dead.close();
    }
}
