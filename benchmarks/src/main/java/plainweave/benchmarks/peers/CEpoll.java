package plainweave.benchmarks.peers;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Gcc;

/** One thread of C around epoll: about as little as the system allows. */
public final class CEpoll implements Peer {

    static final String UNSHARED = "Here with a connection for each caller, none of them shared: what sharing saves";

    @Override
    public String name() {
        return "c-epoll";
    }

    @Override
    public String about(Job job) {
        String settings = "one thread of C, edge-triggered epoll, gcc -O2";
        if (job.depth() > 0) {
            return settings + ". " + UNSHARED;
        }
        return job.pooled() ? settings + "; callers wait in a ring for the next free connection" : settings;
    }

    @Override
    public boolean plays(Job job) {
        return !job.deadlines();
    }

    @Override
    public Optional<String> missing() {
        return Gcc.present() ? Optional.empty() : Optional.of(Gcc.INSTALL);
    }

    @Override
    public List<String> command(Job job, Launch launch) throws IOException {
        return List.of(
                launch.gcc().compile("peers/c-epoll.c").toString(),
                Integer.toString(launch.port()),
                Integer.toString(job.callers()),
                Integer.toString(job.unsharedConnections()),
                Long.toString(launch.lifetime().toSeconds()),
                job.connects() ? "connect" : "keep");
    }
}
