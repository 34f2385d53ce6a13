package plainweave.benchmarks.peers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Programs;

/**
 * What a peer needs to say how its client is started.
 *
 * @param port where the server listens on loopback
 * @param lifetime after which a client ends by itself, whatever happens to the arena
 * @param java the command of every Java client
 * @param jvmFlags what every Java client is given besides its own flags
 * @param programs for clients that are not Java
 */
public record Launch(int port, Duration lifetime, String java, List<String> jvmFlags, Programs programs) {

    /** How a client is started that is told all of its job: the words given, and what else it takes, in this order. */
    List<String> command(Job job, String... client) {
        List<String> command = new ArrayList<>(List.of(client));
        command.add(Integer.toString(port));
        command.add(Integer.toString(job.callers()));
        command.add(Integer.toString(job.connections()));
        command.add(Long.toString(lifetime.toSeconds()));
        command.add(job.streams() ? "stream" : job.connects() ? "connect" : "keep");
        command.add(job.deadlines() ? "deadlines" : "none");
        return command;
    }
}
