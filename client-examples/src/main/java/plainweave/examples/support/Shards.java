package plainweave.examples.support;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import plainweave.call.Endpoint;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** The shards of a search on free ports of the loopback address: many that answer, one that never does, and a port with none behind it. */
public final class Shards implements AutoCloseable {
    private final List<FaultServer> servers = new ArrayList<>();
    private final DeadPort dead = FaultServer.refusing();

    private Shards() {}

    /** Starts so many that answer, and the other two. */
    public static Shards start(int healthy) {
        Shards shards = new Shards();
        for (int i = 1; i <= healthy; i++) {
            byte[] reply = ("hits of shard " + i + "\n").getBytes(StandardCharsets.US_ASCII);
            shards.servers.add(FaultServer.start(question().reply(reply).repeat()));
        }
        shards.servers.add(FaultServer.start(question().stall()));
        return shards;
    }

    private static Script question() {
        return FaultServer.script().readLine();
    }

    /** Where they are: first those that answer, then the one that does not, last the dead one. */
    public List<Endpoint> endpoints() {
        List<Endpoint> endpoints = new ArrayList<>();
        servers.forEach(server -> endpoints.add(Endpoint.of(server.host(), server.port())));
        endpoints.add(Endpoint.of(dead.host(), dead.port()));
        return endpoints;
    }

    @Override
    public void close() {
        servers.forEach(FaultServer::close);
        dead.close();
    }
}
