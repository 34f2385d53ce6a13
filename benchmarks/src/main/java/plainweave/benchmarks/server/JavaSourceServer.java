package plainweave.benchmarks.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import plainweave.benchmarks.client.Chunks;
import plainweave.benchmarks.process.Lifetime;

/** The source where C cannot be compiled: a thread for each connection, started with its lifetime in seconds and the most bytes
 * a second that it sends on a connection. */
public final class JavaSourceServer {

    private static final int LONGEST_LINE = 20;

    private JavaSourceServer() {}

    /** Says where it listens and sends chunks to whoever asks, until its input ends. */
    public static void main(String[] args) throws IOException {
        Lifetime.limit(Duration.ofSeconds(Long.parseLong(args[0])));
        double nanosOfAChunk = args.length > 1 ? Chunks.BYTES * 1e9 / Long.parseLong(args[1]) : 0;
        ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        System.out.println("listening " + listener.socket().getLocalPort());
        Thread.ofPlatform().daemon().name("accepts").start(() -> accept(listener, nanosOfAChunk));
        while (System.in.read() >= 0) {
            // Only the end of the input means anything.
        }
        Runtime.getRuntime().halt(0);
    }

    private static void accept(ServerSocketChannel listener, double nanosOfAChunk) {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                Thread.ofPlatform().daemon().name("sends").start(() -> serve(channel, nanosOfAChunk));
            }
        } catch (IOException why) {
            System.out.println("failed " + why);
            Runtime.getRuntime().halt(1);
        }
    }

    private static void serve(SocketChannel channel, double nanosOfAChunk) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(Integer.BYTES + Chunks.BYTES);
        try (channel) {
            for (long count = readCount(channel); count > 0; count = readCount(channel)) {
                long start = System.nanoTime();
                for (long number = 0; number < count; number++) {
                    while (System.nanoTime() - start < number * nanosOfAChunk) {
                        Thread.onSpinWait();
                    }
                    chunk.clear().putInt(0, Chunks.BYTES).putLong(Integer.BYTES, number);
                    while (chunk.hasRemaining()) {
                        channel.write(chunk);
                    }
                }
            }
        } catch (IOException | RuntimeException gone) {
            // A client that ended leaves nothing to be done for it.
        }
    }

    // Byte by byte: a line for some GiB.
    private static long readCount(SocketChannel channel) throws IOException {
        StringBuilder line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (line.length() < LONGEST_LINE && channel.read(one.clear()) == 1) {
            char next = (char) one.get(0);
            if (next == '\n') {
                return Long.parseLong(line.toString());
            }
            line.append(next);
        }
        return 0;
    }
}
