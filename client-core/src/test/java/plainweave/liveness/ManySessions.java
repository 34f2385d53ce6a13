package plainweave.liveness;

import java.time.Duration;
import java.util.Set;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.LinesCodec;
import plainweave.testing.EchoServer;

/**
 * The main class of a JVM in which callers of several sessions fight for the permits of one endpoint, so that connections are closed
 * for others all the time, on a few carriers side by side.
 */
final class ManySessions {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int CALLERS = 64;
    private static final int SESSIONS = 4;
    private static final int CALLS = 200;
    private static final int PERMITS = 8;

    private ManySessions() {}

    public static void main(String[] args) {
        Forked.main(() -> {
            try (EchoServer server = EchoServer.start();
                    Client client = Client.create(
                            ClientOptions.builder().permitsPerEndpoint(PERMITS).build())) {
                Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
                Crew crew = new Crew(LIMIT);
                crew.start(CALLERS, caller -> () -> {
                    Remote<String, String> remote = client.remote(endpoint, new Lines(caller % SESSIONS));
                    for (int call = 0; call < CALLS; call++) {
                        if (!remote.call("x").equals("x")) {
                            throw new AssertionError("another reply");
                        }
                    }
                    return null;
                });
                crew.await();
                Rest.check(client);
                long closed = client.stats().connectionsClosed();
                Forked.figure(CALLERS * CALLS + " calls, " + closed + " connections closed for others");
                if (closed < CALLS) {
                    throw new AssertionError("only " + closed + " connections were closed for others");
                }
            }
            Rest.noThreadsBut(Set.of());
            return true;
        });
    }

    private record Lines(Object session) implements LinesCodec {}
}
