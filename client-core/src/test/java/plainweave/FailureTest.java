package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.RejectedException;
import plainweave.codec.Codecs;
import plainweave.testing.FaultServer;

/** A failure tells how things stood when it was made, whenever it is asked; and one that nobody asks is cheap. */
class FailureTest {
    private static final int MANY = 2_000;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final FaultServer.Gate answer = FaultServer.gate();

    private FaultServer late() {
        return FaultServer.start(
                FaultServer.script().readLine().await(answer).reply("ok\n").repeat());
    }

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private Client full() {
        return atRest.client(ClientOptions.builder().permitsPerEndpoint(1).queuePerEndpoint(0));
    }

    private static RejectedException refused(Remote<String, String> remote) {
        return catchThrowableOfType(RejectedException.class, () -> remote.call("y"));
    }

    @Test
    void itTellsOfThenAndNotOfNow() throws Exception {
        try (FaultServer server = late()) {
            Remote<String, String> remote = full().remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, Duration.ofSeconds(10));
            CallException failure = refused(remote);
            answer.open();
            assertThat(served.await()).isEqualTo("ok");

            assertThat(failure)
                    .hasMessageStartingWith(at(server) + " QUEUE: the queue of this endpoint is full")
                    .hasMessageContaining("request not sent; endpoint: permits 1/1 out, queue 0/0, connections 1 open 0"
                            + " idle; client: permits 1/512 out, 0 waiting, connections 1 in use 0 idle");
            assertThat(sentElsewhere(failure)).hasMessage(failure.getMessage());
        }
    }

    private static CallException sentElsewhere(CallException failure) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (CallException) in.readObject();
        }
    }

    @Test
    void itStaysWhenItsLeaseGoesOn() {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(50)));
            try (Lease lease = client.lease(at(server))) {
                CallException failure = catchThrowableOfType(
                        DeadlineExceededException.class, () -> lease.input().read());
                String message = failure.getMessage();
                assertThat(catchThrowableOfType(
                                CallException.class, () -> lease.output().write(1)))
                        .isNotNull();

                assertThat(failure).hasMessage(message);
                assertThat(failure.phase()).isEqualTo(Phase.READ);
                assertThat(failure.sent()).isFalse();
            }
        }
    }

    /** Under overload most calls end so, and what they cost is taken from the others. */
    @Test
    void refusingACallMakesLittleGarbage() throws Exception {
        try (FaultServer server = late()) {
            Remote<String, String> remote = full().remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("x"));
            server.awaitRequests(1, Duration.ofSeconds(10));

            Callers.onPlatformThread(() -> allocatedByRefusals(remote)).await(); // loads classes
            assertThat(Callers.onPlatformThread(() -> allocatedByRefusals(remote))
                            .await())
                    .as("bytes for each; its message alone took 4,000")
                    .isLessThan(2_500);
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
        }
    }

    private static long allocatedByRefusals(Remote<String, String> remote) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < MANY; i++) {
            try {
                remote.call("y");
            } catch (RejectedException e) {
                continue;
            }
            throw new AssertionError("a call got through");
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / MANY;
    }
}
