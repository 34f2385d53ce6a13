package plainweave.benchmarks.peers;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Child;

/** A peer whose client is {@link JavaClient} in a JVM of its own, with the class path of the arena. */
public interface JavaPeer extends Peer {

    /** Starts the job's callers; may return while they run. */
    void play(Job job, InetSocketAddress server, Scoreboard board) throws Exception;

    /** What the documentation of the peer says to set for speed, on a JVM of this release. */
    default List<String> jvmFlags(int release) {
        return List.of();
    }

    @Override
    default List<String> command(Job job, Launch launch) {
        List<String> flags = new ArrayList<>(jvmFlags(Child.release(launch.java())));
        flags.addAll(launch.jvmFlags());
        return Child.javaOf(
                launch.java(),
                JavaClient.class,
                flags,
                name(),
                job.name(),
                Integer.toString(launch.port()),
                Long.toString(launch.lifetime().toSeconds()));
    }
}
