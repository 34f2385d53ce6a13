package plainweave.benchmarks.peers;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import plainweave.benchmarks.client.BlockingCallers;
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
        String settings =
                "SocketChannel on virtual threads, one Thread.yield before the read; no library, no deadlines";
        return job.pooled()
                ? settings + ". Here a floor: " + job.connections() + " callers with a connection each, no pool, so its"
                        + " latencies hold no wait for a connection"
                : settings;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        BlockingCallers.start(job.connections(), board, caller -> {
            Connection connection = new Connection(server);
            return connection::exchange;
        });
    }

    private static final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer out = ByteBuffer.allocateDirect(Line.BYTES);
        private final ByteBuffer in = ByteBuffer.allocateDirect(Line.BYTES);

        Connection(InetSocketAddress server) throws IOException {
            channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }

        void exchange(Line line) throws IOException {
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
