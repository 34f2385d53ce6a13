package plainweave.benchmarks.peers;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import java.net.InetSocketAddress;
import java.time.Duration;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.client.SetAndGet;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** The client on Netty that shares one connection between all callers, as its documentation recommends. */
public final class Lettuce implements JavaPeer {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "lettuce";
    }

    @Override
    public String about(Job job) {
        return "the synchronous API on virtual threads, one shared connection, native epoll, latency metrics off; a"
                + " timeout of " + (job.deadlines() ? "30 s" : "60 s, its default,") + " on every command. Commands are"
                + " flushed one by one, as it does by itself: to flush by hand, which it documents for batches of one"
                + " thread, does not fit callers that each wait for their own reply";
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.REDIS;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        // On by themselves where a histogram is found on the class path, and nobody asked for them here.
        ClientResources resources = ClientResources.builder()
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
        RedisURI uri = RedisURI.create(server.getAddress().getHostAddress(), server.getPort());
        if (job.deadlines()) {
            uri.setTimeout(PATIENCE);
        }
        RedisClient client = RedisClient.create(resources, uri);
        RedisCommands<String, String> commands = client.connect().sync();
        BlockingCallers.start(job.callers(), board, caller -> new SetAndGet(caller, commands::set, commands::get));
    }
}
