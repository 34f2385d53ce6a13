package plainweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Memory is arithmetic: every permit at its largest frame, and the process stays within what {@code stats()} says. */
class MemoryBoundTest {
    /** A little under a mebibyte: what is over half a region of G1 takes whole regions. */
    private static final int FRAME = 1024 * 1024 - 1024;

    private static final int PERMITS = 32;

    /** What callers, their threads and the test itself take, which is none of the client's frames. */
    private static final long BESIDE = 4L * FRAME;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    /** A byte, answered by a frame of the largest size, all but whose last byte the peer sends. */
    private record LargeReply(boolean pipelines) implements Codec<Integer, byte[]> {
        @Override
        public void write(Integer request, ByteWriter out) throws IOException {
            out.writeByte(request);
        }

        @Override
        public byte[] read(Integer request, ByteReader in) throws IOException {
            return in.readBytes(FRAME);
        }

        @Override
        public boolean last(Integer request, byte[] reply) {
            return request == 0;
        }
    }

    /** Long requests, made as they are written. */
    private record LongRequest(int bytes, boolean pipelines) implements Codec<Integer, Integer> {
        @Override
        public void write(Integer request, ByteWriter out) throws IOException {
            for (int i = 0; i < bytes / Long.BYTES; i++) {
                out.writeLong(i);
            }
        }

        @Override
        public Integer read(Integer request, ByteReader in) throws IOException {
            return in.readInt();
        }
    }

    private static ClientOptions.Builder options() {
        return ClientOptions.builder()
                .permitsPerEndpoint(PERMITS)
                .permitsTotal(PERMITS)
                .maxFrame(FRAME)
                .maxIdle(PERMITS);
    }

    private static Script allButOneByteOf(int frames) {
        byte[] piece = new byte[FRAME / 16]; // what is written at once, the JDK copies to memory of its own
        Script script = FaultServer.script().readExactly(1).reply(new byte[piece.length - 1]);
        for (int i = 1; i < frames * 16; i++) {
            script = script.reply(piece);
        }
        return script.stall();
    }

    /** Each call stays where it is until the client is closed. */
    private static void blocked(List<Thread> callers, Runnable call) {
        callers.add(Thread.startVirtualThread(() -> {
            try {
                call.run();
            } catch (CallException e) {
                // the test is over
            }
        }));
    }

    private static void allWait(List<Thread> callers) {
        for (Thread caller : callers) {
            Callers.until("it waits", () -> caller.getState() == Thread.State.WAITING);
        }
    }

    private static long bytesIn(Client client) {
        return sum(client, ".* (\\d+) bytes in .*");
    }

    private static long bytesOut(Client client) {
        return sum(client, ".* bytes in (\\d+) out$");
    }

    private static long sum(Client client, String counted) {
        return client.dump()
                .lines()
                .filter(line -> line.contains(" bytes in "))
                .mapToLong(line -> Long.parseLong(line.replaceAll(counted, "$1")))
                .sum();
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + direct;
    }

    private static void assertWithinItsBound(Client client, long before, long atLeast) {
        assertThat(used() - before)
                .as("%s", client.stats())
                .isGreaterThan(atLeast)
                .isLessThan(client.stats().memoryBound() + BESIDE);
    }

    /** Lines that many callers share a connection for, to a session of their own. */
    private static final class Session extends PipelinedLines {
        private final int number;

        Session(int number) {
            this.number = number;
        }

        @Override
        public Object session() {
            return number;
        }
    }

    private static void burst(List<Remote<String, String>> remotes, int callers) throws Exception {
        for (Remote<String, String> remote : remotes) {
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                calls.add(Callers.onVirtualThread(() -> remote.call("x".repeat(400))));
            }
            for (Callers.InFlight<String> call : calls) {
                assertThat(call.await()).hasSize(400);
            }
        }
    }

    @Test
    void sharedConnectionsThatAreIdleAgainAfterManyCallsAtOnce() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(
                    ClientOptions.builder().pipelineDepth(200).maxFrame(1_024).idleTimeout(Duration.ofSeconds(60)));
            List<Remote<String, String>> remotes = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                remotes.add(client.remote(Endpoint.of(server.host(), server.port()), new Session(i)));
            }
            burst(remotes, 1);
            long before = used();
            burst(remotes, 200);
            assertThat(client.stats().connectionsIdle()).isEqualTo(60);
            atRest.reports.exchanges.clear();
            Callers.until(
                    () -> "more than before the many calls: " + (used() - before),
                    () -> used() - before < 60L * 22 * 1024);
        }
    }

    @Test
    void callsThatReadTheLargestReplies() {
        try (FaultServer server = FaultServer.start(allButOneByteOf(1))) {
            long before = used();
            Client client = atRest.client(options());
            Remote<Integer, byte[]> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), new LargeReply(false));
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < PERMITS; i++) {
                blocked(callers, () -> remote.call(0));
            }
            Callers.until("all but the last byte has come", () -> bytesIn(client) == PERMITS * (FRAME - 1L));
            assertWithinItsBound(client, before, PERMITS * (FRAME - 1L));
            client.close();
        }
    }

    /** On a connection of its own a request passes through a buffer; it is never in memory as a whole. */
    @Test
    void callsWhoseRequestsNobodyReads() {
        int large = 16 * FRAME; // the kernel may take four
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            long before = used();
            Client client = atRest.client(options().maxFrame(large));
            Remote<Integer, Integer> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), new LongRequest(large, false));
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < PERMITS; i++) {
                blocked(callers, () -> remote.call(0));
            }
            allWait(callers);
            assertThat(used() - before).isLessThan(client.stats().memoryBound() - (long) PERMITS * large + BESIDE);
            client.close();
        }
    }

    /** What the others wait for is in nobody's memory. */
    @Test
    void callersOnSharedConnectionsThatReadTheLargestReplies() {
        int connections = 4;
        try (FaultServer server = FaultServer.start(allButOneByteOf(1))) {
            long before = used();
            Client client =
                    atRest.client(options().pipelineDepth(PERMITS / connections).sharedConnections(connections));
            Remote<Integer, byte[]> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), new LargeReply(true));
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < PERMITS; i++) {
                blocked(callers, () -> remote.call(0));
            }
            Callers.until(
                    "all but the last byte has come to each connection",
                    () -> bytesIn(client) == connections * (FRAME - 1L));
            allWait(callers);
            assertWithinItsBound(client, before, connections * (FRAME - 1L));
            assertThat(used() - before)
                    .as("one reply for each connection")
                    .isLessThan((long) connections * FRAME + BESIDE);
            client.close();
        }
    }

    @Test
    void callersOnASharedConnectionThatTakesNothing() {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            long before = used();
            Client client = atRest.client(options().pipelineDepth(PERMITS));
            Remote<Integer, Integer> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), new LongRequest(FRAME, true));
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < PERMITS; i++) {
                blocked(callers, () -> remote.call(0));
            }
            allWait(callers);
            assertWithinItsBound(client, before, (PERMITS - 8L) * FRAME); // some of them are in the kernel
            client.close();
        }
    }

    /** Requests of the largest size and their echoes. */
    private record Mirror() implements Codec<byte[], byte[]> {
        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            out.write(request);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            return in.readBytes(request.length);
        }

        @Override
        public boolean pipelines() {
            return true;
        }
    }

    @Test
    void nothingOfWhatIsOverIsRememberedOnASharedConnection() {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(options().pipelineDepth(PERMITS));
            Remote<byte[], byte[]> remote = client.remote(Endpoint.of(server.host(), server.port()), new Mirror());
            long before = used();
            for (int call = 0; call < 2 * PERMITS; call++) {
                assertThat(remote.call(new byte[FRAME])).hasSize(FRAME);
            }
            assertThat(used() - before).isLessThan(BESIDE);
        }
    }

    @Test
    void streamsWhoseReadersTakeTheirTime() {
        int streams = PERMITS / 2; // no more than half of the permits
        try (FaultServer server = FaultServer.start(allButOneByteOf(8))) {
            long before = used();
            Client client = atRest.client(options());
            Remote<Integer, byte[]> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), new LargeReply(false));
            List<Replies<byte[]>> open = new ArrayList<>();
            List<byte[]> held = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                Replies<byte[]> replies = remote.stream(1);
                held.add(replies.iterator().next());
                open.add(replies);
            }
            assertThat(bytesIn(client))
                    .as("no more than was asked for, and a window")
                    .isLessThan(streams * 2L * FRAME);
            assertWithinItsBound(client, before, (long) streams * FRAME);
            assertThat(held).hasSize(streams);
            open.forEach(Replies::close);
            client.close();
        }
    }

    @Test
    void streamsWhoseRequestsNobodyReads() {
        int large = 16 * FRAME; // the kernel may take four
        int streams = PERMITS / 2; // no more than half of the permits
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            long before = used();
            Client client = atRest.client(options().maxFrame(large));
            Remote<Integer, Integer> remote =
                    client.remote(Endpoint.of(server.host(), server.port()), new LongRequest(large, false));
            List<Replies<Integer>> open = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                open.add(remote.stream(0));
            }
            AtomicLong out = new AtomicLong();
            Callers.until("nothing goes out any more", () -> {
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                long now = bytesOut(client);
                return out.getAndSet(now) == now && now > streams * (long) FRAME / 4;
            });
            assertThat(used() - before)
                    .as("%s", client.stats())
                    .isLessThan(client.stats().memoryBound() - (long) PERMITS * large + BESIDE);
            open.forEach(Replies::close);
            client.close();
        }
    }
}
