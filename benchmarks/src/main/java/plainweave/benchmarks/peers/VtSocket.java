package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** What one writes without any library: a Socket of one's own on a virtual thread. */
public final class VtSocket implements JavaPeer {

    @Override
    public String name() {
        return "vt-socket";
    }

    @Override
    public String about(Job job) {
        return "java.net.Socket and its streams on virtual threads, a socket for each caller; no library, no yield; "
                + Sockets.deadlines(job);
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.ECHO && job.depth() == 0 && !job.pooled();
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        BlockingCallers.start(job.callers(), board, caller -> {
            byte[] reply = new byte[Line.BYTES];
            if (job.connects()) {
                return line -> {
                    try (Socket socket = Sockets.connect(job, server)) {
                        exchange(socket, line, reply);
                    }
                };
            }
            Socket kept = Sockets.connect(job, server);
            return line -> exchange(kept, line, reply);
        });
    }

    private static void exchange(Socket socket, Line line, byte[] reply) throws IOException {
        Sockets.exchange(socket, line, reply);
        line.check(reply);
    }
}
