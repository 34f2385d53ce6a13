package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** The usual way to pool connections in Java: sockets in a GenericKeyedObjectPool that callers wait at. */
public final class CommonsPool2Socket implements JavaPeer {

    @Override
    public String name() {
        return "commons-pool2-socket";
    }

    @Override
    public String about(Job job) {
        String settings = "Socket in a GenericKeyedObjectPool of " + job.connections()
                + ", fair, waiting at most 30 s, on virtual threads; " + Sockets.deadlines(job);
        return job.connects() ? settings + ". Every socket is invalidated after its exchange" : settings;
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.ECHO && job.depth() == 0;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        GenericKeyedObjectPoolConfig<Socket> config = new GenericKeyedObjectPoolConfig<>();
        config.setMaxTotalPerKey(job.connections());
        // The default keeps 8 and closes the others on return.
        config.setMaxIdlePerKey(job.connections());
        // Unfair, a few callers pass the connections among themselves and most get none.
        config.setFairness(true);
        // Without a limit, waiting virtual threads can bring each other to a standstill.
        config.setMaxWait(Duration.ofSeconds(30));
        config.setJmxEnabled(false);
        var pool = new GenericKeyedObjectPool<>(new Factory(job), config);
        BlockingCallers.start(job.callers(), board, caller -> {
            byte[] reply = new byte[Line.BYTES];
            return line -> exchange(pool, server, line, reply, !job.connects());
        });
    }

    private static void exchange(
            GenericKeyedObjectPool<InetSocketAddress, Socket> pool,
            InetSocketAddress server,
            Line line,
            byte[] reply,
            boolean keep)
            throws Exception {
        Socket socket = pool.borrowObject(server);
        boolean clean = false;
        try {
            Sockets.exchange(socket, line, reply);
            clean = keep;
        } finally {
            if (clean) {
                pool.returnObject(server, socket);
            } else {
                pool.invalidateObject(server, socket);
            }
        }
        line.check(reply);
    }

    private static final class Factory extends BaseKeyedPooledObjectFactory<InetSocketAddress, Socket> {
        private final Job job;

        Factory(Job job) {
            this.job = job;
        }

        @Override
        public Socket create(InetSocketAddress server) throws IOException {
            return Sockets.connect(job, server);
        }

        @Override
        public PooledObject<Socket> wrap(Socket socket) {
            return new DefaultPooledObject<>(socket);
        }

        @Override
        public void destroyObject(InetSocketAddress server, PooledObject<Socket> pooled) throws IOException {
            pooled.getObject().close();
        }
    }
}
