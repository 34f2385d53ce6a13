package plainweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.codec.Codec;

/**
 * Callers on shared connections that leave by deadline and by interrupt while the peer pauses, resets and, where ids allow it, answers out
 * of order: no reply may reach anybody but the caller of its request, and all permits come back. {@code -Dshared.replies=1000000} is the
 * full length.
 */
class SharedCanaryTest {
    /** Of a long frame, which one call in so many has. */
    private static final int LONG = 100_000;

    private static final int CALLS_FOR_A_LONG_ONE = 500;

    /** On average, whether they come in few reads or in many: some eight thousand calls. */
    private static final int BYTES_BETWEEN_RESETS = 1_800_000;

    private static final int BYTES_BETWEEN_PAUSES = BYTES_BETWEEN_RESETS / 40;

    private static final int REPLIES = Integer.getInteger("shared.replies", 100_000);
    private static final long SEED = Long.getLong("shared.seed", System.nanoTime());
    private static final int CALLERS = 200;
    private static final int DEPTH = 150;
    private static final int CONNECTIONS = 2;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final LongAdder checked = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder longOnes = new LongAdder();
    private final Queue<Object> wrong = new ConcurrentLinkedQueue<>();

    enum Kind {
        IN_ORDER(new PipelinedLines()) {
            @Override
            Manner manner(SplittableRandom random, LongAdder overtaken) {
                return Arrays::copyOf;
            }
        },
        BY_ID(new TaggedText()) {
            @Override
            Manner manner(SplittableRandom random, LongAdder overtaken) {
                return new Shuffled(random, overtaken);
            }
        };

        private final Codec<String, String> codec;

        Kind(Codec<String, String> codec) {
            this.codec = codec;
        }

        /** Of one connection's peer. */
        abstract Manner manner(SplittableRandom random, LongAdder overtaken);
    }

    /** What a peer says to what it has read. */
    private interface Manner {
        byte[] reply(byte[] read, int length);
    }

    /** Echoes the lines that are complete, in any order. */
    private static final class Shuffled implements Manner {
        private final SplittableRandom random;
        private final LongAdder overtaken;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Shuffled(SplittableRandom random, LongAdder overtaken) {
            this.random = random;
            this.overtaken = overtaken;
        }

        @Override
        public byte[] reply(byte[] read, int length) {
            List<byte[]> lines = new ArrayList<>();
            int from = 0;
            for (int i = 0; i < length; i++) {
                if (read[i] == '\n') {
                    line.write(read, from, i + 1 - from);
                    lines.add(line.toByteArray());
                    line.reset();
                    from = i + 1;
                }
            }
            line.write(read, from, length - from);
            List<byte[]> asTheyCame = List.copyOf(lines);
            Collections.shuffle(lines, random);
            ByteArrayOutputStream reply = new ByteArrayOutputStream();
            for (int i = 0; i < lines.size(); i++) {
                overtaken.add(lines.get(i) == asTheyCame.get(i) ? 0 : 1);
                reply.writeBytes(lines.get(i));
            }
            return reply.toByteArray();
        }
    }

    /** Answers, and now and then pauses, or resets a connection in the middle of a reply. */
    private static final class Moods implements AutoCloseable {
        private final Kind kind;
        private final ServerSocket door;
        private final Queue<Socket> accepted = new ConcurrentLinkedQueue<>();
        private final AtomicInteger connections = new AtomicInteger();
        private final LongAdder overtaken = new LongAdder();

        Moods(Kind kind) throws IOException {
            this.kind = kind;
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(this::accept);
        }

        Endpoint endpoint() {
            return Endpoint.of(door.getInetAddress().getHostAddress(), door.getLocalPort());
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = door.accept();
                    accepted.add(socket);
                    SplittableRandom random = new SplittableRandom(SEED + connections.incrementAndGet());
                    Thread.ofVirtual().start(() -> answer(socket, random));
                }
            } catch (IOException closed) {
                // the test is over
            }
        }

        private void answer(Socket socket, SplittableRandom random) {
            Manner manner = kind.manner(random, overtaken);
            byte[] buffer = new byte[4_096];
            try (socket) {
                for (int n = socket.getInputStream().read(buffer);
                        n > 0;
                        n = socket.getInputStream().read(buffer)) {
                    byte[] reply = manner.reply(buffer, n);
                    if (random.nextInt(BYTES_BETWEEN_RESETS) < n) {
                        socket.getOutputStream().write(reply, 0, reply.length / 2);
                        socket.setSoLinger(true, 0);
                        return;
                    }
                    if (random.nextInt(BYTES_BETWEEN_PAUSES) < n) {
                        LockSupport.parkNanos(random.nextInt(3_000_000));
                    }
                    socket.getOutputStream().write(reply);
                }
            } catch (IOException gone) {
                // so be it
            }
        }

        @Override
        public void close() throws IOException {
            door.close();
            for (Socket socket : accepted) {
                socket.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void noReplyReachesTheWrongCaller(Kind kind) throws Exception {
        try (Moods peer = new Moods(kind)) {
            Client client = atRest.client(ClientOptions.builder()
                    .pipelineDepth(DEPTH)
                    .sharedConnections(CONNECTIONS)
                    .permitsPerEndpoint(CALLERS)
                    .maxFrame(LONG + 1_024));
            Remote<String, String> remote = client.remote(peer.endpoint(), kind.codec);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                int caller = i;
                callers.add(Thread.ofVirtual().start(() -> call(caller, remote)));
            }
            Thread interrupter = Thread.ofVirtual().start(() -> interrupt(callers));
            for (Thread caller : callers) {
                assertThat(caller.join(Duration.ofMinutes(5))).isTrue();
            }
            interrupter.join();
            System.out.println(kind + " checked=" + checked + " late=" + late + " cancelled=" + cancelled + " lost="
                    + lost + " long=" + longOnes + " overtaken=" + peer.overtaken + " connections="
                    + peer.connections);

            assertThat(wrong).as("seed %d", SEED).isEmpty();
            assertThat(late.sum()).isPositive();
            assertThat(cancelled.sum()).isPositive();
            assertThat(lost.sum()).isPositive();
            assertThat(longOnes.sum()).isPositive();
            assertThat(peer.overtaken.sum() > REPLIES / 10).isEqualTo(kind == Kind.BY_ID);
            Callers.until(client::dump, () -> client.stats().permitsOut() == 0);
            assertThat(client.stats().maxPermitsOut()).isLessThanOrEqualTo(CALLERS);
        }
    }

    private void interrupt(List<Thread> callers) {
        SplittableRandom random = new SplittableRandom(SEED);
        while (checked.sum() < REPLIES) {
            callers.get(random.nextInt(CALLERS)).interrupt();
            LockSupport.parkNanos(100_000);
        }
    }

    private void call(int caller, Remote<String, String> remote) {
        SplittableRandom random = new SplittableRandom(SEED - caller);
        for (long n = 0; checked.sum() < REPLIES; n++) {
            String name = "caller " + caller + " call " + n;
            boolean isLong = random.nextInt(CALLS_FOR_A_LONG_ONE) == 0;
            String mine = isLong ? (name + ", ").repeat(LONG / (name.length() + 2)) : name;
            boolean hasty = random.nextInt(10) == 0;
            try {
                String reply = hasty
                        ? remote.within(Duration.ofNanos(100_000 + random.nextInt(3_000_000)))
                                .call(mine)
                        : remote.call(mine);
                if (reply.equals(mine)) {
                    checked.increment();
                    longOnes.add(isLong ? 1 : 0);
                } else {
                    wrong.add(name + " got " + reply);
                }
            } catch (DeadlineExceededException e) {
                late.increment();
                if (!hasty) {
                    wrong.add(e);
                }
            } catch (CancelledException e) {
                cancelled.increment();
                if (!Thread.interrupted()) {
                    wrong.add(e);
                }
            } catch (ConnectionLostException e) {
                lost.increment();
            } catch (CallException e) {
                wrong.add(e);
            }
        }
    }
}
