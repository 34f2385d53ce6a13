package plainweave.testing;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A listening socket, one thread for each of its connections, and the bounded end of them all. */
final class Listener implements AutoCloseable {
    // Larger than any burst of a test; the kernel caps it at net.core.somaxconn.
    private static final int BACKLOG = 16_384;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    /** Serves one connection, numbered from 1; when it returns or throws, the connection is closed. */
    @FunctionalInterface
    interface Service {
        void serve(SocketChannel connection, int number) throws Exception;
    }

    private final ServerSocketChannel channel;
    private final InetSocketAddress address;
    private final String name;
    private final Thread.Builder threads;
    private final Tally tally;
    private final Service service;
    private final Thread acceptor;
    private final Map<SocketChannel, Thread> served = new ConcurrentHashMap<>();
    // No longer serving, but perhaps not quite gone: close() waits for these too.
    private final Queue<Thread> ending = new ConcurrentLinkedQueue<>();

    private Listener(ServerSocketChannel channel, String name, Thread.Builder threads, Tally tally, Service service)
            throws IOException {
        this.channel = channel;
        this.address = (InetSocketAddress) channel.getLocalAddress();
        this.name = name + "-" + address.getPort();
        this.threads = threads;
        this.tally = tally;
        this.service = service;
        this.acceptor = thread("accept", this::accept);
    }

    static Listener start(String name, InetSocketAddress at, Thread.Builder threads, Tally tally, Service service) {
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.bind(at, BACKLOG);
                Listener listener = new Listener(channel, name, threads, tally, service);
                listener.acceptor.start();
                return listener;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot listen at " + at, e);
        }
    }

    /**
     * A free port of 127.0.0.1, whichever family the system prefers: tests also use its neighbours 127.0.0.2 and on.
     */
    static InetSocketAddress anyPort() {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an address", e);
        }
    }

    InetSocketAddress address() {
        return address;
    }

    /** Ends the acceptor first: from then on the connections to close are known. */
    @Override
    public void close() {
        long giveUp = System.nanoTime() + CLOSE_LIMIT.toNanos();
        closeQuietly(channel);
        join(acceptor, giveUp);
        served.forEach((connection, thread) -> {
            closeQuietly(connection);
            thread.interrupt();
        });
        served.values().forEach(thread -> join(thread, giveUp));
        ending.forEach(thread -> join(thread, giveUp));
    }

    private void accept() {
        try {
            for (int number = 1; ; number++) {
                serve(channel.accept(), number);
            }
        } catch (IOException e) {
            failed(e);
        } finally {
            // Out of descriptors, say: refused connects tell more than connects nobody will ever accept.
            closeQuietly(channel);
        }
    }

    private void serve(SocketChannel connection, int number) {
        ending.removeIf(thread -> !thread.isAlive());
        Thread thread = thread(Integer.toString(number), () -> serveAndClose(connection, number));
        served.put(connection, thread);
        tally.opened();
        thread.start();
    }

    private void serveAndClose(SocketChannel connection, int number) {
        try (connection) {
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            service.serve(connection, number);
        } catch (Throwable e) {
            failed(e);
        } finally {
            tally.closed();
            ending.add(Thread.currentThread());
            served.remove(connection);
        }
    }

    /** What close() does to the threads is no failure. */
    private void failed(Throwable failure) {
        if (channel.isOpen()) {
            tally.failed(failure);
        }
    }

    private Thread thread(String suffix, Runnable task) {
        Thread thread = threads.unstarted(task);
        thread.setName(name + "-" + suffix);
        if (!thread.isVirtual()) {
            thread.setDaemon(true);
        }
        return thread;
    }

    /** Not to be interrupted: a test that interrupts its own thread still wants no thread left behind. */
    private static void join(Thread thread, long giveUp) {
        boolean interrupted = false;
        try {
            while (thread != Thread.currentThread() && thread.isAlive()) {
                long left = giveUp - System.nanoTime();
                if (left <= 0) {
                    throw new IllegalStateException(thread.getName() + " still runs " + CLOSE_LIMIT + " after close");
                }
                try {
                    thread.join(Duration.ofNanos(left));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static void closeQuietly(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Its descriptor is gone all the same.
        }
    }
}
