package plainweave.testing;

import java.io.IOException;
import java.util.List;

/**
 * One thing a scripted peer does on a connection. Steps are shared by connections, so they hold no state of their own.
 */
@FunctionalInterface
interface Step {

    /** Returns whether the script goes on: false once the connection is to end, by the script or by the client. */
    boolean run(Peer peer) throws IOException, InterruptedException;

    static boolean runAll(List<Step> steps, Peer peer) throws IOException, InterruptedException {
        for (Step step : steps) {
            if (!step.run(peer)) {
                return false;
            }
        }
        return true;
    }
}
