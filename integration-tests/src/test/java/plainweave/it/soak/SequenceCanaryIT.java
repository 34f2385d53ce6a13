package plainweave.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Priority;
import plainweave.it.Eventually;
import plainweave.observe.ClientStats;

/**
 * A thousand callers over 64 connections, and one reply in ten comes after its caller's deadline: no reply may reach anybody but
 * the caller of its request. {@code -Dcanary.seconds=30} is the full length.
 */
class SequenceCanaryIT {
    private static final int SECONDS = Integer.getInteger("canary.seconds", 3);
    private static final long SEED = Long.getLong("canary.seed", System.nanoTime());
    private static final int CALLERS = 1_000;
    private static final int CONNECTIONS = 64;
    private static final long CHECKED_IN_30_SECONDS = 200_000;
    private static final long LATE_IN_30_SECONDS = 10_000;

    /** Long enough to be on the way in time, short enough that the late ones do not hold all connections. */
    private static final long PATIENCE_NANOS = 20_000_000;

    /** Most of these come just when the connection is being cut. */
    private static final long LATEST_NANOS = 3_000_000;

    /** A slow machine is given so many times as long to come to these numbers. */
    private static final int LENIENCE = 4;

    // What is provoked here is asserted, not logged; held here, because loggers are collected with their level.
    private static final Logger QUIET = Logger.getLogger("plainweave");

    private final long start = System.nanoTime();
    private final LongAdder checked = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final Queue<Throwable> unexpected = new ConcurrentLinkedQueue<>();

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void noReplyReachesTheWrongCaller() throws Exception {
        QUIET.setLevel(Level.OFF);
        Footprint atStart = Footprint.now();
        try (FaultyPeer peer = FaultyPeer.start();
                Client client = Client.create(ClientOptions.builder()
                        .permitsPerEndpoint(CONNECTIONS)
                        .permitsTotal(CONNECTIONS)
                        .maxFrame(Wire.MAX_FRAME)
                        .build())) {
            Remote<Wire.Request, Wire.Reply> remote = client.remote(peer.endpoint(), new Wire(Wire.NOBODY, false));
            List<Thread> callers = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                int number = caller;
                callers.add(Thread.ofVirtual().name("caller-" + number).start(() -> call(number, remote)));
            }
            for (Thread caller : callers) {
                assertThat(caller.join(Duration.ofSeconds(LENIENCE * SECONDS + 60L)))
                        .as("%s has ended", caller.getName())
                        .isTrue();
            }
            System.out.println("canary replies checked=" + checked + " late=" + late + " wrong=" + wrong);

            assertThat(wrong.sum()).as("replies of others, seed %d", SEED).isZero();
            assertThat(unexpected).as("seed %d", SEED).isEmpty();
            assertThat(checked.sum()).isGreaterThanOrEqualTo(CHECKED_IN_30_SECONDS * SECONDS / 30);
            assertThat(late.sum()).isGreaterThanOrEqualTo(LATE_IN_30_SECONDS * SECONDS / 30);
            assertThat(client.stats().maxPermitsOut()).isEqualTo(CONNECTIONS);
            assertThat(Eventually.comesAbout(() -> isAtRest(client.stats(), peer)))
                    .as(client::dump)
                    .isTrue();
        }
        assertThat(atStart.threadsSince()).as("threads left").isEmpty();
    }

    private static boolean isAtRest(ClientStats stats, FaultyPeer peer) {
        return stats.permitsOut() == 0
                && stats.waiting() == 0
                && stats.connectionsInUse() == 0
                && stats.connectionsIdle() == peer.open();
    }

    private boolean goesOn() {
        long ran = System.nanoTime() - start;
        boolean enough = checked.sum() >= CHECKED_IN_30_SECONDS * SECONDS / 30
                && late.sum() >= LATE_IN_30_SECONDS * SECONDS / 30;
        return ran < TimeUnit.SECONDS.toNanos(enough ? SECONDS : LENIENCE * SECONDS);
    }

    private void call(int number, Remote<Wire.Request, Wire.Reply> remote) {
        SplittableRandom random = new SplittableRandom(SEED + number);
        byte[] payload = new byte[random.nextInt(64)];
        random.nextBytes(payload);
        for (long id = (long) number << 32; goesOn(); id++) {
            Deadline deadline = Deadline.after(Duration.ofNanos(PATIENCE_NANOS));
            boolean isLate = random.nextInt(10) == 0;
            Wire.Request request = new Wire.Request(
                    id, isLate ? Fault.LATE : Fault.NONE, deadline.nanoTime() + random.nextLong(LATEST_NANOS), payload);
            try {
                // Urgent, or the deadline of most would pass while they wait behind the others.
                Wire.Reply reply =
                        isLate ? remote.with(Priority.URGENT).until(deadline).call(request) : remote.call(request);
                (reply.answers(request, Wire.NOBODY) ? checked : wrong).increment();
            } catch (DeadlineExceededException e) {
                if (!isLate) {
                    unexpected.add(e);
                } else if (e.sent()) {
                    late.increment();
                }
            } catch (CallException e) {
                unexpected.add(e);
            }
        }
    }
}
