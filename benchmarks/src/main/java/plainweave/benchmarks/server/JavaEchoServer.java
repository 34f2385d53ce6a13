package plainweave.benchmarks.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import plainweave.benchmarks.process.Lifetime;

/** The echo server where C cannot be compiled: one thread around a selector, started with its lifetime in seconds. */
public final class JavaEchoServer {

    private static final int BACKLOG = 4096;
    private static final int BUFFER = 16 * 1024;

    private JavaEchoServer() {}

    /** Says where it listens and echoes until its input ends. */
    public static void main(String[] args) throws IOException {
        Lifetime.limit(Duration.ofSeconds(Long.parseLong(args[0])));
        ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        listener.configureBlocking(false);
        System.out.println("listening " + listener.socket().getLocalPort());
        Thread.ofPlatform().name("echo").start(() -> serve(listener));
        while (System.in.read() >= 0) {
            // Only the end of the input means anything.
        }
        Runtime.getRuntime().halt(0);
    }

    private static void serve(ServerSocketChannel listener) {
        try (Selector selector = Selector.open()) {
            listener.register(selector, SelectionKey.OP_ACCEPT);
            while (true) {
                selector.select(key -> {
                    if (key.isAcceptable()) {
                        accept(listener, selector);
                    } else {
                        echo(key);
                    }
                });
            }
        } catch (IOException | RuntimeException why) {
            System.out.println("failed " + why);
            Runtime.getRuntime().halt(1);
        }
    }

    private static void accept(ServerSocketChannel listener, Selector selector) {
        try {
            SocketChannel channel = listener.accept();
            if (channel == null) {
                return;
            }
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocateDirect(BUFFER));
        } catch (IOException why) {
            System.out.println("could not accept: " + why);
        }
    }

    private static void echo(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            if (key.isReadable()) {
                if (channel.read(buffer) < 0) {
                    // A reset takes the client's end out of TIME_WAIT, or clients that connect anew would run out of
                    // ports.
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                    channel.close();
                    return;
                }
                buffer.flip();
            }
            channel.write(buffer);
            if (buffer.hasRemaining()) {
                key.interestOps(SelectionKey.OP_WRITE);
            } else {
                buffer.clear();
                key.interestOps(SelectionKey.OP_READ);
            }
        } catch (IOException reset) {
            close(channel);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            // A client that ended leaves nothing to be done for it.
        }
    }
}
