package plainweave.benchmarks.peers;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Compiler;
import plainweave.benchmarks.server.Service;

/** Go as it is written every day: a goroutine for each caller, blocking calls on a net.Conn. */
public final class Go implements Peer {

    @Override
    public String name() {
        return "go";
    }

    @Override
    public String about(Job job) {
        if (job.streams()) {
            return "a bufio.Reader of 256 KiB around a net.Conn, Peek and Discard, " + deadlines(job)
                    + ", everything else at its default";
        }
        String settings = "a goroutine for each caller, net.Conn, " + deadlines(job)
                + ", everything else at its default (as many threads at work as there are cores for it)";
        return job.pooled() ? settings + "; callers wait at a buffered channel of connections" : settings;
    }

    private static String deadlines(Job job) {
        return job.deadlines() ? "SetDeadline to 30 s before every exchange" : "no deadlines";
    }

    @Override
    public boolean plays(Job job) {
        return job.depth() == 0 && job.service() != Service.REDIS;
    }

    @Override
    public Optional<String> missing() {
        return Compiler.GO.missing();
    }

    @Override
    public List<String> command(Job job, Launch launch) throws IOException {
        return launch.command(
                job, launch.programs().compiled(Compiler.GO, "peers/go-net.go").toString());
    }
}
