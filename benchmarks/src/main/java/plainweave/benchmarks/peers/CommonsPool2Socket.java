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

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private enum Setting {
        FAIR("socket", "fair, waiting at most 30 s"),
        UNFAIR("unfair", "waiting at most 30 s but not fair, which is the default: as found, not at its best"),
        DEFAULTS(
                "defaults", "everything else at its default, neither fair nor with a limit: as found, not at its best");

        private final String name;
        private final String about;

        Setting(String name, String about) {
            this.name = name;
            this.about = about;
        }
    }

    private final Setting setting;

    private CommonsPool2Socket(Setting setting) {
        this.setting = setting;
    }

    /** At its best. */
    public static CommonsPool2Socket fair() {
        return new CommonsPool2Socket(Setting.FAIR);
    }

    /** Whoever comes first takes the connection, however long others have waited. */
    public static CommonsPool2Socket unfair() {
        return new CommonsPool2Socket(Setting.UNFAIR);
    }

    /** What one gets without reading on. */
    public static CommonsPool2Socket defaults() {
        return new CommonsPool2Socket(Setting.DEFAULTS);
    }

    @Override
    public String name() {
        return "commons-pool2-" + setting.name;
    }

    @Override
    public boolean asFound() {
        return setting != Setting.FAIR;
    }

    @Override
    public String about(Job job) {
        String settings = "Socket in a GenericKeyedObjectPool of " + job.connections() + ", " + setting.about
                + "; on virtual threads; " + Sockets.deadlines(job);
        return job.connects() ? settings + ". Every socket is invalidated after its exchange" : settings;
    }

    @Override
    public boolean plays(Job job) {
        // The others differ from it only where callers wait.
        return job.service() == Service.ECHO
                && job.depth() == 0
                && (setting == Setting.FAIR || job.pooled() && !job.deadlines());
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        GenericKeyedObjectPoolConfig<Socket> config = new GenericKeyedObjectPoolConfig<>();
        config.setMaxTotalPerKey(job.connections());
        if (setting != Setting.DEFAULTS) {
            // The default keeps 8 and closes the others on return.
            config.setMaxIdlePerKey(job.connections());
            // Without a limit, waiting virtual threads can bring each other to a standstill.
            config.setMaxWait(PATIENCE);
            config.setJmxEnabled(false);
        }
        if (setting == Setting.FAIR) {
            // Unfair, a few callers pass the connections among themselves and most get none.
            config.setFairness(true);
        }
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
