package plainweave.liveness;

import java.time.Duration;
import java.util.Set;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.time.Runs;

/**
 * The main class of a JVM in which many virtual threads at once call an endpoint to which no connection is open yet, and whose peer
 * takes its time to greet. Each argument is a number of callers. It does not end well if one was too slow or a caller failed.
 */
final class ColdBurst {
    private static final Duration GREETS_AFTER = Duration.ofMillis(500);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int PERMITS = 4;
    private static final double BOUND = 1.5;

    private ColdBurst() {}

    /**
     * One measurement.
     *
     * @param callers how many
     * @param coldNanos until all are served
     * @param warmNanos the same where the connections are open
     */
    private record Burst(int callers, long coldNanos, long warmNanos) {
        double overIdeal() {
            return coldNanos / (double) (GREETS_AFTER.toNanos() + warmNanos);
        }

        boolean within() {
            return overIdeal() < BOUND;
        }

        @Override
        public String toString() {
            return callers + " callers: cold " + coldNanos / 1_000_000 + " ms, warm " + warmNanos / 1_000_000 + " ms, "
                    + Math.round(overIdeal() * 100) + " % of ideal";
        }
    }

    /** The first burst is for loading classes. */
    public static void main(String[] args) {
        Forked.main(() -> {
            boolean well = true;
            try (FaultServer server = FaultServer.start(
                    FaultServer.script().pause(GREETS_AFTER).reply("hello\n").run(okForever()))) {
                burst(server, Integer.parseInt(args[0]));
                for (String arg : args) {
                    int callers = Integer.parseInt(arg);
                    Burst burst = Runs.decide(() -> burst(server, callers), Burst::within);
                    Forked.figure(burst);
                    well &= burst.within();
                }
            }
            Rest.noThreadsBut(Set.of());
            return well;
        });
    }

    private static Script okForever() {
        return FaultServer.script().readLine().reply("ok\n").repeat();
    }

    private static Burst burst(FaultServer server, int callers) throws Exception {
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(PERMITS)
                .queuePerEndpoint(callers)
                .build();
        Endpoint endpoint = Endpoint.of(server.host(), server.port());
        try (Client client = Client.create(options)) {
            Remote<String, String> remote = client.remote(endpoint, new Greeted());
            long cold = served(remote, callers);
            long warm = served(remote, callers);
            Rest.check(client);
            return new Burst(callers, cold, warm);
        }
    }

    private static long served(Remote<String, String> remote, int callers) throws Exception {
        Crew crew = new Crew(LIMIT);
        long start = System.nanoTime();
        crew.start(callers, i -> () -> {
            if (!remote.call("x").equals("ok")) {
                throw new AssertionError("another reply");
            }
            return null;
        });
        crew.await();
        return System.nanoTime() - start;
    }
}
