package plainweave.examples.support;

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
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import plainweave.call.Endpoint;

/**
 * A server that does so much and no more, in a process of its own: so many lines side by side, each for so long; all others wait in the
 * order they came. It answers a line with an empty one.
 *
 * <p>What client-testing's {@code Capacity} does with a thread for each connection, one thread does here for all, in a third of the time:
 * on a small machine the wake-ups of those threads would take from the client what is to be measured.
 */
public final class BusyServer implements AutoCloseable {
    private static final int BACKLOG = 16_384;
    private static final long NAP_NANOS = 50_000;
    private static final long MILLI = 1_000_000;

    private final Jvm jvm;
    private final Endpoint endpoint;

    private BusyServer(Jvm jvm, Endpoint endpoint) {
        this.jvm = jvm;
        this.endpoint = endpoint;
    }

    /**
     * Starts one on a free port of the loopback address.
     *
     * @param slots how many lines it serves side by side
     * @param service how long each of them takes
     */
    public static BusyServer start(int slots, Duration service) {
        Jvm jvm = Jvm.start(List.of("-Xmx64m", "-XX:+UseSerialGC"), BusyServer.class, slots, service.toNanos());
        return new BusyServer(jvm, Endpoint.of("127.0.0.1", Integer.parseInt(jvm.line())));
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        jvm.close();
    }

    /** The server's own process: told slots and nanoseconds, it prints its port, and ends with its input. */
    public static void main(String[] args) throws IOException {
        Jvm.endWithInput();
        new Loop(new long[Integer.parseInt(args[0])], Long.parseLong(args[1])).run();
    }

    private record Due(SocketChannel to, long at) {}

    /** Each line's end is known when it comes, for all take as long: so the replies are due in the order of the lines. */
    private static final class Loop {
        private final long[] freeAt;
        private final long service;
        private final Selector selector = Selector.open();
        private final ServerSocketChannel door = ServerSocketChannel.open();
        private final Queue<Due> due = new ArrayDeque<>();
        private final ByteBuffer in = ByteBuffer.allocateDirect(1_024);
        private final ByteBuffer reply = ByteBuffer.allocateDirect(1).put(0, (byte) '\n');
        private int slot;

        Loop(long[] freeAt, long service) throws IOException {
            this.freeAt = freeAt;
            this.service = service;
        }

        void run() throws IOException {
            Arrays.fill(freeAt, System.nanoTime());
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
            door.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            System.out.println(((InetSocketAddress) door.getLocalAddress()).getPort());
            while (true) {
                await();
                Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
                while (ready.hasNext()) {
                    SelectionKey key = ready.next();
                    ready.remove();
                    if (key.isAcceptable()) {
                        accept();
                    } else {
                        read((SocketChannel) key.channel());
                    }
                }
                answer();
            }
        }

        /** A selector counts in milliseconds, which is too coarse for the last one. */
        private void await() throws IOException {
            Due first = due.peek();
            long left = first == null ? Long.MAX_VALUE : first.at - System.nanoTime();
            if (left >= 2 * MILLI) {
                selector.select(left == Long.MAX_VALUE ? 0 : left / MILLI);
            } else {
                LockSupport.parkNanos(Math.min(left, NAP_NANOS));
                selector.selectNow();
            }
        }

        private void accept() throws IOException {
            for (SocketChannel channel = door.accept(); channel != null; channel = door.accept()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            }
        }

        private void read(SocketChannel channel) throws IOException {
            try {
                if (channel.read(in.clear()) < 0) {
                    channel.close();
                }
            } catch (IOException gone) {
                channel.close();
            }
            long now = System.nanoTime();
            for (in.flip(); in.hasRemaining(); ) {
                if (in.get() == '\n') {
                    long begin = freeAt[slot] - now > 0 ? freeAt[slot] : now;
                    freeAt[slot] = begin + service;
                    due.add(new Due(channel, begin + service));
                    slot = (slot + 1) % freeAt.length;
                }
            }
        }

        /** Who has hung up meanwhile was served all the same. */
        private void answer() throws IOException {
            long now = System.nanoTime();
            for (Due next = due.peek(); next != null && next.at - now <= 0; next = due.peek()) {
                due.remove();
                try {
                    next.to.write(reply.clear());
                } catch (IOException gone) {
                    next.to.close();
                }
            }
        }
    }
}
