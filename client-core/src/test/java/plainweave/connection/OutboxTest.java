package plainweave.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codecs;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.time.Watchdog;

/** What becomes of an exchange on its way from its caller to the peer. */
class OutboxTest {
    private static final long NEAR = 1_000;
    private static final Route ROUTE = new Route(Endpoint.of("a", 1), "s");

    private final Watchdog watchdog = new Watchdog("outbox-watchdog");
    private final PrioritySemaphore semaphore =
            new PrioritySemaphore(new PrioritySemaphore.Settings(2, 2, 0, 0), watchdog);
    private final Outbox outbox = new Outbox(deadline -> {});

    @AfterEach
    void allPermitsAreBack() {
        assertThat(semaphore.counts().out()).isZero();
        semaphore.close();
        watchdog.close();
    }

    private InFlight<String, String> exchange() throws Exception {
        Deadline far = Deadline.at(Long.MAX_VALUE / 2);
        Permit permit = semaphore.acquire(ROUTE, Priority.NORMAL, false, far, 0);
        permit.lend();
        return new InFlight<>(Codecs.lines(), "word", 0, ByteWriter.inMemory(1), permit, NEAR);
    }

    @Test
    void aDeadlineEndsAWaitAlsoBetweenTheCloseAndTheEnd() throws Exception {
        InFlight<String, String> waiting = exchange();
        assertThat(outbox.add(waiting)).isTrue();
        assertThat(outbox.close()).isTrue();

        outbox.expire(NEAR);

        assertThat(waiting.isTooLate()).isTrue();
        assertThat(outbox.leftBehind()).containsExactly(waiting);
        waiting.lost(new IOException("it has ended"));
    }

    @Test
    void whoComesAfterTheCloseIsNotLetIn() throws Exception {
        InFlight<String, String> late = exchange();
        outbox.close();

        assertThat(outbox.add(late)).isFalse();
        assertThat(outbox.leftBehind()).isEmpty();
        late.dropped();
    }
}
