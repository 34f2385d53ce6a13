package plainweave.benchmarks.parts;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Lifetime;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/**
 * What a connection takes while it is idle in the pool, after it has served two exchanges: heap and direct memory; and with an exchange
 * whose reply does not come: resident memory of the process, the connection and the blocked virtual thread included. The echo server is a process of its own.
 */
final class Footprint {
    private static final int CONNECTIONS = Integer.getInteger("footprint.connections", 8_000);
    private static final int BYTES = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WARM_UP = 400_000;

    private Footprint() {}

    /** 64 bytes come back; once all have theirs they go on. */
    private record Echo(CountDownLatch all) implements Codec<byte[], byte[]> {
        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            out.write(request);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            byte[] reply = in.readBytes(BYTES);
            all.countDown();
            try {
                all.await(); // so that each has a connection of its own
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return reply;
        }
    }

    /** Runs it; with an argument, the server. */
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            serve();
            return;
        }
        try (Child child = Child.start("the echo server", Child.java(Footprint.class, List.of(), "server"))) {
            Endpoint endpoint = Endpoint.of("127.0.0.1", Integer.parseInt(child.await("port", PATIENCE)));
            warmUp(endpoint);
            long[] bytes = measure(endpoint);
            System.out.printf("%nFor each of %,d connections, in bytes%n%n", CONNECTIONS);
            System.out.printf("%-50s  %8s%n", "idle in the pool, heap", bytes[0]);
            System.out.printf("%-50s  %8s%n", "idle in the pool, direct memory", bytes[1]);
            System.out.printf("%-50s  %8s%n", "with a blocked exchange and its caller, heap", bytes[2]);
            System.out.printf("%-50s  %8s%n", "with a blocked exchange and its caller, resident", bytes[3]);
            System.out.printf(
                    "%nFootprint connections=%d idle_heap_bytes=%d idle_direct_bytes=%d in_flight_heap_bytes=%d in_flight_rss_bytes=%d%n",
                    CONNECTIONS, bytes[0], bytes[1], bytes[2], bytes[3]);
        }
    }

    private static void serve() throws IOException {
        Lifetime.limit(PATIENCE.multipliedBy(5));
        ServerSocketChannel door = ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS);
        System.out.println("port " + door.socket().getLocalPort());
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    SocketChannel accepted = door.accept();
                    Thread.startVirtualThread(() -> serve(accepted));
                }
            } catch (IOException why) {
                System.out.println("failed " + why);
            }
        });
        while (System.in.read() >= 0) {
            // until whoever started it is gone
        }
        Runtime.getRuntime().halt(0);
    }

    /** Answers what begins with 0, and nothing else. */
    private static void serve(SocketChannel client) {
        ByteBuffer line = ByteBuffer.allocate(BYTES);
        try (client) {
            while (client.read(line) >= 0) {
                if (!line.hasRemaining()) {
                    line.flip();
                    if (line.get(0) == 0) {
                        client.write(line);
                    }
                    line.clear();
                }
            }
        } catch (IOException gone) {
            // that was the end
        }
    }

    private static ClientOptions options(int connections) {
        return ClientOptions.builder()
                .permitsPerEndpoint(connections)
                .permitsTotal(connections)
                .queuePerEndpoint(CONNECTIONS)
                .maxIdle(connections)
                .maxFrame(1_024)
                .timeout(PATIENCE)
                .silence(PATIENCE)
                .idleTimeout(PATIENCE)
                .drain(Duration.ZERO)
                .build();
    }

    private static void warmUp(Endpoint endpoint) throws InterruptedException {
        try (Client client = Client.create(options(64))) {
            Remote<byte[], byte[]> remote = client.remote(endpoint, new Echo(new CountDownLatch(0)));
            for (int i = 0; i < WARM_UP / CONNECTIONS; i++) {
                for (Thread caller : callers(remote, 0)) {
                    caller.join();
                }
            }
        }
    }

    private static List<Thread> callers(Remote<byte[], byte[]> remote, int first) {
        byte[] request = new byte[BYTES];
        request[0] = (byte) first;
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            callers.add(Thread.startVirtualThread(() -> {
                try {
                    remote.call(request);
                } catch (CallException e) {
                    // it is to be cut
                }
            }));
        }
        return callers;
    }

    private static long[] measure(Endpoint endpoint) throws Exception {
        try (Client client = Client.create(options(CONNECTIONS))) {
            long heap = heap();
            long direct = direct();
            long resident = resident();
            for (int exchange = 0; exchange < 2; exchange++) {
                Remote<byte[], byte[]> remote = client.remote(endpoint, new Echo(new CountDownLatch(CONNECTIONS)));
                for (Thread caller : callers(remote, 0)) {
                    caller.join();
                }
            }
            if (client.stats().connectionsIdle() != CONNECTIONS) {
                throw new IllegalStateException("not all are idle: " + client.stats());
            }
            long idleHeap = heap() - heap;
            long idleDirect = direct() - direct;
            List<Thread> callers = callers(client.remote(endpoint, new Echo(new CountDownLatch(0))), 1);
            for (Thread caller : callers) {
                while (caller.getState() != Thread.State.WAITING) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            long busyHeap = heap() - heap;
            long busyResident = resident() - resident;
            return LongStream.of(idleHeap, idleDirect, busyHeap, busyResident)
                    .map(all -> all / CONNECTIONS)
                    .toArray();
        }
    }

    /** After collections; with what the last of them left to be freed freed. */
    private static long heap() {
        for (int i = 0; i < 4; i++) {
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private static long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum()
                * 1024;
    }
}
