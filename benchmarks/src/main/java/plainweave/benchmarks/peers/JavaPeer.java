package plainweave.benchmarks.peers;

import java.io.File;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;

/** A peer whose client is {@link JavaClient} in a JVM of its own: the same java and class path as the arena's. */
public interface JavaPeer extends Peer {

    /** Starts the job's callers; may return while they run. */
    void play(Job job, InetSocketAddress server, Scoreboard board) throws Exception;

    /** What the documentation of the peer says to set for speed. */
    default List<String> jvmFlags() {
        return List.of();
    }

    @Override
    default List<String> command(Job job, Launch launch) {
        List<String> command = new ArrayList<>();
        command.add(String.join(File.separator, System.getProperty("java.home"), "bin", "java"));
        command.addAll(jvmFlags());
        command.addAll(launch.jvmFlags());
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), JavaClient.class.getName()));
        command.addAll(List.of(
                name(),
                job.name(),
                Integer.toString(launch.port()),
                Long.toString(launch.lifetime().toSeconds())));
        return command;
    }
}
