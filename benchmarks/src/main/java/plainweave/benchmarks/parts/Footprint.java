package plainweave.benchmarks.parts;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.benchmarks.process.Child;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.testing.EchoServer;

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

    /** Echoes 64 bytes and says when it has them; with one byte more to read, the reply never comes. */
    private record Echo(int replyBytes, CountDownLatch all) implements Codec<byte[], byte[]> {
        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            out.write(request);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            byte[] reply = in.readBytes(replyBytes);
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
            System.out.printf("%-50s  %8s%n", "its exchange and the blocked caller, resident", bytes[2]);
            System.out.printf(
                    "%nFootprint connections=%d idle_heap_bytes=%d idle_direct_bytes=%d in_flight_rss_bytes=%d%n",
                    CONNECTIONS, bytes[0], bytes[1], bytes[2]);
        }
    }

    private static void serve() throws IOException {
        try (EchoServer server = EchoServer.start()) {
            System.out.println("port " + server.port());
            while (System.in.read() >= 0) {
                // until whoever started it is gone
            }
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
            Remote<byte[], byte[]> remote = client.remote(endpoint, new Echo(BYTES, new CountDownLatch(0)));
            for (int i = 0; i < WARM_UP / CONNECTIONS; i++) {
                for (Thread caller : callers(remote)) {
                    caller.join();
                }
            }
        }
    }

    private static List<Thread> callers(Remote<byte[], byte[]> remote) {
        byte[] request = new byte[BYTES];
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
                Remote<byte[], byte[]> remote =
                        client.remote(endpoint, new Echo(BYTES, new CountDownLatch(CONNECTIONS)));
                for (Thread caller : callers(remote)) {
                    caller.join();
                }
            }
            if (client.stats().connectionsIdle() != CONNECTIONS) {
                throw new IllegalStateException("not all are idle: " + client.stats());
            }
            long idleHeap = heap() - heap;
            long idleDirect = direct() - direct;
            List<Thread> callers = callers(client.remote(endpoint, new Echo(BYTES + 1, new CountDownLatch(1))));
            for (Thread caller : callers) {
                while (caller.getState() != Thread.State.WAITING) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            heap();
            return new long[] {idleHeap / CONNECTIONS, idleDirect / CONNECTIONS, (resident() - resident) / CONNECTIONS};
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
