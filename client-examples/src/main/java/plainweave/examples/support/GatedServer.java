package plainweave.examples.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import plainweave.Client;
import plainweave.call.Endpoint;
import plainweave.testing.FaultServer;

/** A server that answers no line before it is told to, and then each with "answer"; on a free port of the loopback address. */
public final class GatedServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LOOK_NANOS = 1_000_000;

    private final FaultServer.Gate gate = FaultServer.gate();
    private final FaultServer server = FaultServer.start(
            FaultServer.script().readLine().await(gate).reply("answer\n").repeat());

    private GatedServer() {}

    /** Starts one. */
    public static GatedServer start() {
        return new GatedServer();
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return Endpoint.of(server.host(), server.port());
    }

    /**
     * Waits until so many callers of a client are blocked: they wait for a permit, or have one and wait for this server.
     *
     * @throws Complaint if it takes longer than a minute
     */
    public void awaitCallers(Client client, int callers) {
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        while (client.stats().waiting() + client.stats().permitsOut() < callers) {
            if (giveUp - System.nanoTime() < 0) {
                throw new Complaint(
                        "not all of " + callers + " callers were there within " + PATIENCE.toSeconds() + " s");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Answers from now on. */
    public void answer() {
        gate.open();
    }

    @Override
    public void close() {
        server.close();
    }
}
