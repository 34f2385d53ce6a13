package plainweave.benchmarks.peers;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Compiler;
import plainweave.benchmarks.server.Service;

/** One thread of C around epoll: about as little as the system allows. */
public final class CEpoll implements Peer {

    static final String UNSHARED = "Here with a connection for each caller, none of them shared: what sharing saves";

    @Override
    public String name() {
        return "c-epoll";
    }

    @Override
    public String about(Job job) {
        if (job.streams()) {
            return "one thread of C, epoll, a buffer of 256 KiB, gcc -O2";
        }
        String settings = "one thread of C, edge-triggered epoll, gcc -O2";
        if (job.depth() > 0) {
            return settings + ". " + UNSHARED;
        }
        return job.pooled() ? settings + "; callers wait in a ring for the next free connection" : settings;
    }

    @Override
    public boolean plays(Job job) {
        return !job.deadlines() && job.service() != Service.REDIS;
    }

    @Override
    public Optional<String> missing() {
        return Compiler.GCC.missing();
    }

    @Override
    public List<String> command(Job job, Launch launch) throws IOException {
        launch.programs().copied("peers/conversation.h");
        if (job.streams()) {
            return List.of(
                    launch.programs()
                            .compiled(Compiler.GCC, "peers/c-epoll-stream.c")
                            .toString(),
                    Integer.toString(launch.port()),
                    Long.toString(launch.lifetime().toSeconds()));
        }
        return List.of(
                launch.programs().compiled(Compiler.GCC, "peers/c-epoll.c").toString(),
                Integer.toString(launch.port()),
                Integer.toString(job.callers()),
                Integer.toString(job.unsharedConnections()),
                Long.toString(launch.lifetime().toSeconds()),
                job.connects() ? "connect" : "keep");
    }
}
