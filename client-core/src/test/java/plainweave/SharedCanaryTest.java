package plainweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
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
 * Callers on shared connections that leave by deadline and by interrupt while the peer pauses and resets: no reply may reach anybody but
 * the caller of its request, and all permits come back. {@code -Dshared.replies=1000000} is the full length.
 */
class SharedCanaryTest {
    /** On average, whether they come in few reads or in many. */
    private static final int BYTES_BETWEEN_RESETS = 200_000;

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
    private final Queue<Object> wrong = new ConcurrentLinkedQueue<>();

    enum Kind {
        IN_ORDER(new PipelinedLines()),
        BY_ID(new TaggedText());

        private final Codec<String, String> codec;

        Kind(Codec<String, String> codec) {
            this.codec = codec;
        }
    }

    /** Echoes, and now and then pauses, or resets a connection in the middle of a reply. */
    private static final class Moods implements AutoCloseable {
        private final ServerSocket door;
        private final Queue<Socket> accepted = new ConcurrentLinkedQueue<>();
        private final AtomicInteger connections = new AtomicInteger();

        Moods() throws IOException {
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
                    Thread.ofVirtual().start(() -> echo(socket, random));
                }
            } catch (IOException closed) {
                // the test is over
            }
        }

        private static void echo(Socket socket, SplittableRandom random) {
            byte[] buffer = new byte[4_096];
            try (socket) {
                for (int n = socket.getInputStream().read(buffer);
                        n > 0;
                        n = socket.getInputStream().read(buffer)) {
                    if (random.nextInt(BYTES_BETWEEN_RESETS) < n) {
                        socket.getOutputStream().write(buffer, 0, n / 2);
                        socket.setSoLinger(true, 0);
                        return;
                    }
                    if (random.nextInt(50) == 0) {
                        LockSupport.parkNanos(random.nextInt(3_000_000));
                    }
                    socket.getOutputStream().write(buffer, 0, n);
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
        try (Moods peer = new Moods()) {
            Client client = atRest.client(ClientOptions.builder()
                    .pipelineDepth(DEPTH)
                    .sharedConnections(CONNECTIONS)
                    .permitsPerEndpoint(CALLERS)
                    .maxFrame(1_024));
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
                    + lost + " connections=" + peer.connections);

            assertThat(wrong).as("seed %d", SEED).isEmpty();
            assertThat(late.sum()).isPositive();
            assertThat(cancelled.sum()).isPositive();
            assertThat(lost.sum()).isPositive();
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
            String mine = "caller " + caller + " call " + n;
            boolean hasty = random.nextInt(10) == 0;
            try {
                String reply = hasty
                        ? remote.within(Duration.ofNanos(100_000 + random.nextInt(3_000_000)))
                                .call(mine)
                        : remote.call(mine);
                if (reply.equals(mine)) {
                    checked.increment();
                } else {
                    wrong.add(mine + " got " + reply);
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
