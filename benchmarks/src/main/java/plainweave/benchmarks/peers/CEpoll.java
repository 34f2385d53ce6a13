package plainweave.benchmarks.peers;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Compiler;

/** One thread of C around epoll: about as little as the system allows. */
public final class CEpoll implements Peer {

    @Override
    public String name() {
        return "c-epoll";
    }

    @Override
    public String about(Job job) {
        String settings = "one thread of C, edge-triggered epoll, gcc -O2";
        return job.pooled() ? settings + "; callers wait in a ring for the next free connection" : settings;
    }

    @Override
    public Optional<String> missing() {
        return Compiler.GCC.missing();
    }

    @Override
    public List<String> command(Job job, Launch launch) throws IOException {
        return List.of(
                launch.programs().compiled(Compiler.GCC, "peers/c-epoll.c").toString(),
                Integer.toString(launch.port()),
                Integer.toString(job.callers()),
                Integer.toString(job.connections()),
                Long.toString(launch.lifetime().toSeconds()),
                job.connects() ? "connect" : "keep");
    }
}
