package plainweave.benchmarks.peers;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Chunks;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;

/** The loop of our own transport without the library: what blocking costs before it offers anything. */
public final class BareChannel implements JavaPeer {

    @Override
    public String name() {
        return "bare-channel";
    }

    @Override
    public String about(Job job) {
        if (job.streams()) {
            return "SocketChannel on a virtual thread and one direct buffer of 256 KiB; no library, no deadlines";
        }
        String settings =
                "SocketChannel on virtual threads, one Thread.yield before the read; no library, no deadlines";
        return job.pooled()
                ? settings + ". Here a floor: " + job.connections() + " callers with a connection each, no pool, so its"
                        + " latencies hold no wait for a connection"
                : settings;
    }

    @Override
    public boolean plays(Job job) {
        return JavaPeer.super.plays(job) || job.streams() && !job.deadlines();
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        if (job.streams()) {
            BlockingCallers.start(job.callers(), board, caller -> new Download(new Connection(server).connect()));
            return;
        }
        BlockingCallers.start(job.connections(), board, caller -> {
            Connection connection = new Connection(server);
            if (job.connects()) {
                return connection::connectAndExchange;
            }
            SocketChannel kept = connection.connect();
            return line -> connection.exchange(kept, line);
        });
    }

    private static final class Download implements BlockingCallers.Call {
        private static final int BUFFER = 256 * 1024;

        private final SocketChannel channel;
        private final Chunks chunks = new Chunks(Chunks.PER_DOWNLOAD);
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

        Download(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void exchange(Line line) throws IOException {
            while (!chunks.exchange()) {
                if (chunks.over()) {
                    channel.write(ByteBuffer.wrap(Chunks.request(Chunks.PER_DOWNLOAD)));
                }
                if (channel.read(buffer.clear()) < 0) {
                    throw new EOFException("the server closed the connection");
                }
                chunks.take(buffer.flip());
            }
        }
    }

    private static final class Connection {
        private final InetSocketAddress server;
        private final ByteBuffer out = ByteBuffer.allocateDirect(Line.BYTES);
        private final ByteBuffer in = ByteBuffer.allocateDirect(Line.BYTES);

        Connection(InetSocketAddress server) {
            this.server = server;
        }

        SocketChannel connect() throws IOException {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(server);
            return channel;
        }

        void connectAndExchange(Line line) throws IOException {
            try (SocketChannel channel = connect()) {
                exchange(channel, line);
            }
        }

        void exchange(SocketChannel channel, Line line) throws IOException {
            out.clear().put(line.bytes()).flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            // Lets the reply arrive first, so that the read finds it and the JDK's poller is not asked.
            Thread.yield();
            in.clear();
            while (in.hasRemaining()) {
                if (channel.read(in) < 0) {
                    throw new EOFException("the server closed the connection");
                }
            }
            line.check(in.flip());
        }
    }
}
