package plainweave.benchmarks.peers;

import java.net.InetSocketAddress;
import java.time.Duration;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.client.SetAndGet;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** Redis's own blocking client, with the pool that it comes with. */
public final class Jedis implements JavaPeer {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "jedis";
    }

    @Override
    public String about(Job job) {
        return "RedisClient with a pool of " + job.unsharedConnections()
                + " connections, all kept, fair, waiting at most"
                + " 30 s, on virtual threads; a timeout of 30 s on every read. It does not pipeline for callers that"
                + " block, so each command is a write of its own on a connection of its own for as long as it takes";
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.REDIS;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(job.unsharedConnections());
        // The default keeps 8 and closes the others on return.
        pool.setMaxIdle(job.unsharedConnections());
        // Unfair, a few callers pass the connections among themselves and most get none.
        pool.setFairness(true);
        // Without a limit, waiting virtual threads can bring each other to a standstill.
        pool.setMaxWait(PATIENCE);
        pool.setJmxEnabled(false);
        RedisClient client = RedisClient.builder()
                .hostAndPort(server.getAddress().getHostAddress(), server.getPort())
                .clientConfig(DefaultJedisClientConfig.builder()
                        // The default of 2 s would end a round on a machine that is busy for a moment.
                        .socketTimeoutMillis((int) PATIENCE.toMillis())
                        .build())
                .poolConfig(pool)
                .build();
        BlockingCallers.start(job.callers(), board, caller -> new SetAndGet(caller, client::set, client::get));
    }
}
