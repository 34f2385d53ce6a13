package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.Opening;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.time.Await;

/** A call ends at its deadline, not before and not much after, in whatever its peer lets it wait. */
class LatenessTest {
    private static final Duration TIME = Duration.ofMillis(250);
    private static final Duration BOUND = Duration.ofMillis(50);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    /** On a virtual and on a platform thread. The first call of all only loads classes, which can take as long. */
    private static void assertSoonAfter(Phase phase, Remote<byte[], byte[]> remote, byte[] request) throws Exception {
        assertThatThrownBy(() -> remote.within(TIME.dividedBy(5)).call(request))
                .isInstanceOf(DeadlineExceededException.class);
        for (boolean virtual : new boolean[] {true, false}) {
            Await.within(BOUND, () -> {
                Deadline deadline = Deadline.after(TIME);
                Await.Control control = Await.control(deadline.nanoTime());
                java.util.concurrent.Callable<Long> job = () -> {
                    DeadlineExceededException failure = catchThrowableOfType(
                            DeadlineExceededException.class,
                            () -> remote.until(deadline).call(request));
                    long late = System.nanoTime() - deadline.nanoTime();
                    return failure.phase() == phase ? late : TIME.toNanos(); // a busy machine may not get there in time
                };
                Callers.InFlight<Long> call = virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
                long late = call.await();
                assertThat(late).as("nanoseconds after the deadline").isNotNegative();
                return late - control.late();
            });
        }
    }

    @Test
    void aConnectEndsSoonAfterTheDeadline() throws Exception {
        try (DeadPort hole = FaultServer.blackhole()) {
            Endpoint endpoint = Endpoint.of(hole.host(), hole.port());
            assertSoonAfter(Phase.CONNECT, atRest.client().remote(endpoint, Codecs.fixed(1)), new byte[1]);
        }
    }

    @Test
    void aLoginEndsSoonAfterTheDeadline() throws Exception {
        Codec<byte[], byte[]> greeted = new Codec<>() {
            @Override
            public Codec<byte[], byte[]> open(Opening on) throws IOException {
                on.in().readByte();
                return this;
            }

            @Override
            public void write(byte[] request, ByteWriter out) {}

            @Override
            public byte[] read(byte[] request, ByteReader in) {
                return request;
            }
        };
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            assertSoonAfter(Phase.OPEN, atRest.client().remote(endpoint, greeted), new byte[1]);
        }
    }

    @Test
    void aWriteEndsSoonAfterTheDeadline() throws Exception {
        int bytes = 32 << 20;
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(
                    ClientOptions.builder().maxFrame(2 * bytes).permitsTotal(8).permitsPerEndpoint(8));
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            assertSoonAfter(Phase.WRITE, client.remote(endpoint, Codecs.fixed(bytes)), new byte[bytes]);
        }
    }

    @Test
    void aReadEndsSoonAfterTheDeadline() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            assertSoonAfter(Phase.READ, atRest.client().remote(endpoint, Codecs.fixed(1)), new byte[1]);
        }
    }
}
