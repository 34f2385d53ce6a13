package plainweave.liveness;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.codec.Codecs;
import plainweave.testing.FaultServer;
import plainweave.time.Runs;

/**
 * The main class of a JVM with 10,000 callers on 8 permits, alone because the processor time of the whole process is looked at. The
 * control is the same job without us, by futures and plain channels. It does not end well if something was out of its bound, or a caller did
 * not end as it should.
 */
final class ManyWaiters {
    private static final int PERMITS = 8;
    private static final int WAITERS = 10_000;
    /** Few enough that a start is no burst: it is the waiting that is looked at. */
    private static final int STARTED_AT_ONCE = 200;

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration FIRST_DEADLINE = Duration.ofSeconds(3);
    private static final Duration SPREAD = Duration.ofSeconds(1);

    /** The least of some windows: what spins does so in all of them, what compiles comes to an end. */
    private static final int WINDOWS = 5;

    private static final Duration WINDOW = Duration.ofMillis(400);
    /** A thread that spins takes all of a window, or its share of a busy machine. */
    private static final Duration WAITING_MAY_COST = Duration.ofMillis(60);

    /** Where the control itself is later than that, 20,000 ends in a second are more than the machine has time for: twice as late then. */
    private static final long LATE_BY_AT_MOST_NANOS = 50_000_000;

    private ManyWaiters() {}

    /** What callers wait for. */
    private interface Peer extends AutoCloseable {
        /** One exchange; false if the deadline passed while it waited for a permit. */
        boolean call(long deadline) throws Exception;

        int waiting();

        @Override
        void close() throws IOException;
    }

    private record Ours(Client client, Remote<String, String> remote) implements Peer {
        static Peer at(FaultServer server) {
            Client client = Client.create(ClientOptions.builder()
                    .permitsPerEndpoint(PERMITS)
                    .queuePerEndpoint(WAITERS)
                    .build());
            return new Ours(client, client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines()));
        }

        @Override
        public boolean call(long deadline) {
            try {
                return remote.until(Deadline.at(deadline)).call("x").equals("ok");
            } catch (DeadlineExceededException e) {
                if (e.phase().equals(Phase.QUEUE)) {
                    return false;
                }
                throw e;
            }
        }

        @Override
        public int waiting() {
            return client.stats().waiting();
        }

        @Override
        public void close() {
            Rest.check(client);
            Rest.noThreadsBut(Set.of());
        }
    }

    /** Callers take turns by futures: the semaphores of the JDK search their whole queue for each caller that gives up. */
    private record Plain(Queue<SocketChannel> idle, Queue<CompletableFuture<SocketChannel>> line, AtomicInteger waits)
            implements Peer {
        static Peer at(FaultServer server) throws IOException {
            Queue<SocketChannel> idle = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < PERMITS; i++) {
                idle.add(SocketChannel.open(server.address()));
            }
            return new Plain(idle, new ConcurrentLinkedQueue<>(), new AtomicInteger());
        }

        @Override
        public boolean call(long deadline) throws Exception {
            CompletableFuture<SocketChannel> turn = new CompletableFuture<>();
            line.add(turn);
            handOn();
            SocketChannel channel;
            waits.incrementAndGet();
            try {
                channel = turn.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (turn.cancel(false)) {
                    return false;
                }
                channel = turn.join();
            } finally {
                waits.decrementAndGet();
            }
            exchange(channel);
            idle.add(channel);
            handOn();
            return true;
        }

        private void handOn() {
            while (!line.isEmpty()) {
                SocketChannel channel = idle.poll();
                if (channel == null) {
                    return;
                }
                CompletableFuture<SocketChannel> next = line.poll();
                if (next == null || !next.complete(channel)) {
                    idle.add(channel);
                }
            }
        }

        private static void exchange(SocketChannel channel) throws IOException {
            channel.write(ByteBuffer.wrap(new byte[] {'x', '\n'}));
            ByteBuffer reply = ByteBuffer.allocate(3);
            while (reply.hasRemaining()) {
                if (channel.read(reply) < 0) {
                    throw new IOException("the peer went away");
                }
            }
        }

        @Override
        public int waiting() {
            return waits.get();
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : idle) {
                channel.close();
            }
        }
    }

    /**
     * One way to wait.
     *
     * @param gapNanos the longest of the heartbeat until all are served
     * @param waiting processor time of a window in which all wait
     */
    private record Figures(long gapNanos, Duration waiting) {
        @Override
        public String toString() {
            return "gap " + gapNanos / 1_000_000 + " ms, " + waiting.toMillis() + " ms of processor in "
                    + WINDOW.toMillis() + " ms";
        }
    }

    /** How late the latest of each was told that its deadline had passed. */
    private record Late(long nanos, long controlNanos) {
        @Override
        public String toString() {
            return "latest deadline " + nanos / 1_000_000 + " ms late, control's " + controlNanos / 1_000_000 + " ms";
        }
    }

    private record Compared(Figures ours, Figures control, Late late) {
        boolean within() {
            return ours.gapNanos - control.gapNanos <= Heartbeat.BOUND_NANOS
                    && ours.waiting.minus(control.waiting).compareTo(WAITING_MAY_COST) <= 0
                    && late.nanos - late.controlNanos <= Math.max(LATE_BY_AT_MOST_NANOS, late.controlNanos);
        }

        @Override
        public String toString() {
            return WAITERS + " waiters on " + PERMITS + " permits: " + ours + "; control: " + control + "; " + late;
        }
    }

    /** The first runs are for loading classes. */
    public static void main(String[] args) {
        Forked.main(() -> {
            compared(WAITERS / 10);
            Compared compared = Runs.decide(() -> compared(WAITERS), Compared::within);
            Forked.figure(compared);
            return compared.within();
        });
    }

    private interface Way {
        Peer to(FaultServer server) throws IOException;
    }

    private static Compared compared(int count) throws Exception {
        Figures control = figures(count, Plain::at);
        return new Compared(figures(count, Ours::at), control, late(count));
    }

    private static FaultServer server(FaultServer.Gate gate) {
        return FaultServer.start(
                FaultServer.script().readLine().await(gate).reply("ok\n").repeat());
    }

    private static Figures figures(int count, Way way) throws Exception {
        FaultServer.Gate gate = FaultServer.gate();
        try (FaultServer server = server(gate);
                Peer peer = way.to(server);
                Heartbeat heart = new Heartbeat()) {
            Crew served = new Crew(LIMIT);
            long end = System.nanoTime() + LIMIT.toNanos();
            served.start(PERMITS, i -> () -> served(peer, end));
            server.awaitRequests(PERMITS, LIMIT);
            start(served, peer, count, i -> () -> served(peer, end));
            Duration waiting = leastUsed();
            gate.open();
            served.await();
            return new Figures(heart.gaps().nanos(), waiting);
        }
    }

    /** Both at the same time, for a busy machine to hold up one as it does the other. */
    private static Late late(int count) throws Exception {
        FaultServer.Gate gate = FaultServer.gate();
        try (FaultServer server = server(gate);
                Peer ours = Ours.at(server);
                Peer control = Plain.at(server)) {
            Crew served = new Crew(LIMIT);
            long end = System.nanoTime() + LIMIT.toNanos();
            served.start(PERMITS, i -> () -> served(ours, end));
            served.start(PERMITS, i -> () -> served(control, end));
            server.awaitRequests(2 * PERMITS, LIMIT);
            Crew late = new Crew(LIMIT);
            long first = System.nanoTime() + FIRST_DEADLINE.toNanos();
            List<Crew.Member<Long>> controls = start(late, control, count, tooLate(control, count, first));
            List<Crew.Member<Long>> waiters = start(late, ours, count, tooLate(ours, count, first));
            Late latest = new Late(latest(late, waiters), latest(late, controls));
            gate.open();
            served.await();
            return latest;
        }
    }

    private static IntFunction<Callable<Long>> tooLate(Peer peer, int count, long first) {
        // In no order, so that the earliest deadline changes as they come.
        return i -> () -> late(peer, first + i * 7_919L % count * (SPREAD.toNanos() / count));
    }

    private static long latest(Crew crew, List<Crew.Member<Long>> waiters) throws Exception {
        long latest = 0;
        for (Crew.Member<Long> waiter : waiters) {
            latest = Math.max(latest, crew.await(waiter));
        }
        return latest;
    }

    private static boolean served(Peer peer, long end) throws Exception {
        if (!peer.call(end)) {
            throw new AssertionError("not served");
        }
        return true;
    }

    private static long late(Peer peer, long deadline) throws Exception {
        boolean served = peer.call(deadline);
        long late = System.nanoTime() - deadline;
        if (served || late < 0) {
            throw new AssertionError("served, or told " + -late + " ns too early");
        }
        return late;
    }

    /** Starts callers few at a time; when it returns, all wait, or did. */
    private static <T> List<Crew.Member<T>> start(Crew crew, Peer peer, int count, IntFunction<Callable<T>> jobs) {
        List<Crew.Member<T>> all = new ArrayList<>();
        AtomicInteger ended = new AtomicInteger();
        while (all.size() < count) {
            int before = all.size();
            all.addAll(crew.start(Math.min(STARTED_AT_ONCE, count - before), i -> {
                Callable<T> job = jobs.apply(before + i);
                return () -> {
                    try {
                        return job.call();
                    } finally {
                        ended.incrementAndGet();
                    }
                };
            }));
            Wait.until("all started wait", () -> peer.waiting() + ended.get() >= all.size());
        }
        return all;
    }

    /** The processor time of the process in a window, the least of some. */
    private static Duration leastUsed() {
        Duration least = WINDOW.multipliedBy(1_000);
        for (int i = 0; i < WINDOWS && least.compareTo(WAITING_MAY_COST) > 0; i++) {
            Duration before = processorTime();
            LockSupport.parkNanos(WINDOW.toNanos());
            Duration used = processorTime().minus(before);
            least = used.compareTo(least) < 0 ? used : least;
        }
        return least;
    }

    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    }
}
