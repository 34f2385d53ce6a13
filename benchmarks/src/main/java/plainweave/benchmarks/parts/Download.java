package plainweave.benchmarks.parts;

import com.sun.management.OperatingSystemMXBean;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
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
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Lifetime;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/**
 * Some GiB over one connection: {@code remote.stream} and a bare loop over a SocketChannel and one direct buffer by turns, each on a virtual
 * thread, with the sender in a process of its own. Beside both a virtual thread that wants to wake every millisecond tells how long others
 * had to wait.
 */
final class Download {
    private static final int GIB = Integer.getInteger("download.gib", 4);
    private static final int ROUNDS = Integer.getInteger("download.rounds", 3);
    private static final int CHUNK = 64 * 1024;
    private static final long CHUNKS = GIB * (1024L * 1024 * 1024 / CHUNK);
    private static final long BYTES = CHUNKS * CHUNK;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Download() {}

    /** A byte is answered by so many chunks. */
    private static final class Chunks implements Codec<Byte, byte[]> {
        private long left = CHUNKS;

        @Override
        public void write(Byte request, ByteWriter out) throws IOException {
            out.writeByte(request);
        }

        @Override
        public byte[] read(Byte request, ByteReader in) throws IOException {
            left--;
            return in.readBytes(CHUNK);
        }

        @Override
        public boolean last(Byte request, byte[] reply) {
            return left == 0;
        }
    }

    /** What a download took. */
    private record Took(double seconds, double cpuSeconds, long heap, double gapMillis) {}

    /** Runs it; with an argument, the sender. */
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            send();
            return;
        }
        try (Child sender = Child.start("the sender", Child.java(Download.class, List.of(), "sender"))) {
            int port = Integer.parseInt(sender.await("port", PATIENCE));
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
            Remote<Byte, byte[]> remote = client.remote(Endpoint.of("127.0.0.1", port), new Chunks());
            long bytes = 0;
            try (Replies<byte[]> replies = remote.stream((byte) 1)) {
                for (byte[] chunk : replies) {
                    bytes += chunk.length;
                }
            }
            return checked(bytes);
        }
    }

    private static Void bare(int port) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        long bytes = 0;
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            channel.write(ByteBuffer.wrap(new byte[1]));
            while (bytes < BYTES) {
                int n = channel.read(buffer.clear());
                if (n < 0) {
                    throw new EOFException("after " + bytes + " bytes");
                }
                bytes += n;
            }
        }
        return checked(bytes);
    }

    private static Void checked(long bytes) {
        if (bytes != BYTES) {
            throw new IllegalStateException("got " + bytes + " bytes of " + BYTES);
        }
        return null;
    }

    private static void send() throws IOException {
        Lifetime.limit(PATIENCE);
        ServerSocketChannel door =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        System.out.println("port " + door.socket().getLocalPort());
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    send(door.accept());
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

    private static void send(SocketChannel to) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try (to) {
            to.read(ByteBuffer.allocate(1));
            for (long n = 0; n < CHUNKS; n++) {
                chunk.clear();
                while (chunk.hasRemaining()) {
                    to.write(chunk);
                }
            }
            to.read(ByteBuffer.allocate(1)); // until it is closed
        }
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
