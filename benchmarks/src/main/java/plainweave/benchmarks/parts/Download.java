package plainweave.benchmarks.parts;

import com.sun.management.OperatingSystemMXBean;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import plainweave.Client;
import plainweave.Remote;
import plainweave.Replies;
import plainweave.benchmarks.client.ChunkCodec;
import plainweave.benchmarks.client.Chunks;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.Programs;
import plainweave.benchmarks.server.Server;
import plainweave.benchmarks.server.Service;
import plainweave.call.Endpoint;

/**
 * Some GiB over one connection: {@code remote.stream} and a bare loop over a SocketChannel and one direct buffer by turns, each on a virtual
 * thread, with the sender in a process of its own. Beside both a virtual thread that wants to wake every millisecond tells how long others
 * had to wait.
 */
final class Download {
    private static final int GIB = Integer.getInteger("download.gib", 4);
    private static final int ROUNDS = Integer.getInteger("download.rounds", 3);
    private static final int BUFFER = 64 * 1024;
    private static final long CHUNKS = GIB * (1024L * 1024 * 1024 / Chunks.BYTES);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Download() {}

    /** What a download took. */
    private record Took(double seconds, double cpuSeconds, long heap, double gapMillis) {}

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        try (Server source = Server.start(Service.SOURCE, Cores.share(false), new Programs(), PATIENCE)) {
            int port = source.port();
            bare(port);
            ours(port); // both warm
            System.out.printf(
                    "%d GiB, %d rounds by turns%n%n%-12s  %8s  %12s  %10s  %8s%n",
                    GIB, ROUNDS, "", "GiB/s", "CPU s a GiB", "heap KiB", "gap ms");
            List<Took> bare = new ArrayList<>();
            List<Took> ours = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                bare.add(told("SocketChannel", measured(() -> bare(port))));
                ours.add(told("Plainweave", measured(() -> ours(port))));
            }
            double[] rate = new double[ROUNDS];
            double[] cpu = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                rate[round] = bare.get(round).seconds / ours.get(round).seconds;
                cpu[round] = ours.get(round).cpuSeconds / bare.get(round).cpuSeconds;
            }
            System.out.printf(
                    "%nDownload gib=%d rate_of_bare=%.2f cpu_of_bare=%.2f heap_growth_kib=%d gap_ms=%.1f%n",
                    GIB,
                    median(rate),
                    median(cpu),
                    ours.stream().mapToLong(Took::heap).max().orElse(0) / 1024,
                    median(ours.stream().mapToDouble(Took::gapMillis).toArray()));
        }
    }

    private static Took told(String who, Took took) {
        System.out.printf(
                "%-12s  %8.2f  %12.2f  %10d  %8.1f%n",
                who, GIB / took.seconds, took.cpuSeconds / GIB, took.heap / 1024, took.gapMillis);
        return took;
    }

    /** In a virtual thread, with another one beside it. */
    private static Took measured(Callable<Void> download) throws Exception {
        long heap = heap();
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Double> heart = new FutureTask<>(() -> beat(over));
        Thread.startVirtualThread(heart);
        FutureTask<Void> task = new FutureTask<>(download);
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        Thread.startVirtualThread(task);
        task.get();
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuSeconds = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
        over.set(true);
        return new Took(seconds, cpuSeconds, heap() - heap, heart.get());
    }

    /** The longest time by which it woke too late, in milliseconds. */
    private static double beat(AtomicBoolean over) {
        long longest = 0;
        while (!over.get()) {
            long start = System.nanoTime();
            LockSupport.parkNanos(1_000_000);
            longest = Math.max(longest, System.nanoTime() - start - 1_000_000);
        }
        return longest / 1e6;
    }

    private static Void ours(int port) {
        try (Client client = Client.create()) {
            Remote<Long, byte[]> remote = client.remote(Endpoint.of("127.0.0.1", port), new ChunkCodec());
            long next = 0;
            try (Replies<byte[]> replies = remote.stream(CHUNKS)) {
                for (byte[] chunk : replies) {
                    Chunks.check(next++, Chunks.number(chunk), chunk.length);
                }
            }
        }
        return null;
    }

    private static Void bare(int port) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        Chunks chunks = new Chunks(CHUNKS);
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            if (chunks.over()) {
                channel.write(ByteBuffer.wrap(Chunks.request(CHUNKS)));
            }
            while (!chunks.over()) {
                if (channel.read(buffer.clear()) < 0) {
                    throw new EOFException("the source closed the connection");
                }
                chunks.take(buffer.flip());
            }
        }
        return null;
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
