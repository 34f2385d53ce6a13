package plainweave.benchmarks.peers;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/**
 * One way of doing the jobs, at its best documented settings. A new peer is one more file in this package and its line
 * in {@link Peers}. It is a process of its own and speaks as {@code Conversation} says; a peer written in Java
 * implements {@link JavaPeer} and has that done for it.
 */
public interface Peer {

    /** The name it is asked for by: {@code -Darena.peers=netty-epoll}. */
    String name();

    /** Its settings, and what else must be known to read its figures. */
    String about(Job job);

    /** How to install what it needs and does not find here; such a peer is left out. */
    default Optional<String> missing() {
        return Optional.empty();
    }

    /** Whether there is a way to do this job with it; unless it says otherwise, nothing is shared and nothing ends waits. */
    default boolean plays(Job job) {
        return job.depth() == 0 && !job.deadlines() && job.service() == Service.ECHO;
    }

    /** Whether it is not at its best but as one may find it, so that its failure is a result and not the run's. */
    default boolean asFound() {
        return false;
    }

    /** The command of its client. */
    List<String> command(Job job, Launch launch) throws IOException;
}
