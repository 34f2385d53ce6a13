package plainweave.benchmarks.peers;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import plainweave.benchmarks.client.Conversation;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.jobs.Jobs;
import plainweave.benchmarks.process.Lifetime;

/** The process of a Java peer: started by the arena with peer, job, port and lifetime in seconds. */
public final class JavaClient {

    private JavaClient() {}

    /** Plays the job until the arena has heard enough. */
    public static void main(String[] args) throws Exception {
        Lifetime.limit(Duration.ofSeconds(Long.parseLong(args[3])));
        Peer peer = Peers.named(args[0]);
        Job job = Jobs.named(args[1]);
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
        Scoreboard board = new Scoreboard();
        try {
            ((JavaPeer) peer).play(job, server, board);
        } catch (Exception why) {
            board.failed(why);
        }
        Conversation.hold(board);
        System.exit(0);
    }
}
