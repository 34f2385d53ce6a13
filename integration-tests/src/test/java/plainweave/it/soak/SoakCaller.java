package plainweave.it.soak;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import plainweave.Client;
import plainweave.Lease;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.Deadline;
import plainweave.call.Priority;

/** One caller of the soak: makes one call or takes one lease after the other, with faults by its own random sequence. */
final class SoakCaller implements Runnable {
    private static final List<Priority> PRIORITIES = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);

    /** A call fails fast for as long as this after a peer has come back: the longest pause between two looks at it. */
    private static final long BACK_WITHIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1_200);

    private final SoakTargets targets;
    private final Outcomes outcomes;
    private final ScheduledExecutorService clock;
    private final SplittableRandom random;
    private final long end;
    private long nextId;

    SoakCaller(
            SoakTargets targets,
            Outcomes outcomes,
            ScheduledExecutorService clock,
            int number,
            SplittableRandom random,
            long end) {
        this.targets = targets;
        this.outcomes = outcomes;
        this.clock = clock;
        this.random = random;
        this.nextId = (long) number << 40;
        this.end = end;
    }

    /** An interrupt to come, and never after it was closed. */
    private static final class Interrupt implements Runnable, AutoCloseable {
        private final Thread caller = Thread.currentThread();
        private boolean over;

        @Override
        public synchronized void run() {
            if (!over) {
                caller.interrupt();
            }
        }

        @Override
        public synchronized void close() {
            over = true;
            Thread.interrupted();
        }
    }

    @Override
    public void run() {
        while (System.nanoTime() - end < 0) {
            SoakTargets.Target target = targets.any(random);
            long start = System.nanoTime();
            Fault fault = target.fault(random);
            try {
                if (fault != Fault.UNWELCOME && random.nextInt(100) < 8) {
                    lease(target, fault == Fault.HANGUP ? Fault.NONE : fault);
                } else {
                    call(target, fault);
                }
            } catch (CallException e) {
                outcomes.failed(fault, e, target.peer().wasDownSince(start - BACK_WITHIN_NANOS));
            } catch (Throwable t) {
                outcomes.unexpected("anything else, with " + fault, t);
            }
        }
    }

    private void call(SoakTargets.Target target, Fault fault) {
        int user = fault == Fault.UNWELCOME ? Wire.STRANGER : target.user(random);
        Remote<Wire.Request, Wire.Reply> remote =
                target.remote(user).with(PRIORITIES.get(random.nextInt(PRIORITIES.size())));
        Deadline deadline = Deadline.at(System.nanoTime() + patience());
        Wire.Request request = request(fault, deadline);
        Wire.Reply reply = switch (fault) {
            case STALL, LATE ->
                (random.nextBoolean() ? remote.with(Priority.URGENT) : remote)
                        .until(deadline)
                        .call(request);
            case INTERRUPT -> interrupted(remote, request);
            default -> remote.call(request);
        };
        outcomes.replied(fault, reply.answers(request, user));
    }

    private Wire.Reply interrupted(Remote<Wire.Request, Wire.Reply> remote, Wire.Request request) {
        try (Interrupt interrupt = new Interrupt()) {
            clock.schedule(interrupt, random.nextLong(patience()), TimeUnit.NANOSECONDS);
            try {
                return remote.call(request);
            } catch (CancelledException e) {
                if (!Thread.currentThread().isInterrupted()) {
                    outcomes.unexpected("a cancelled call that took the interrupt away", e);
                }
                throw e;
            }
        }
    }

    /** Some exchanges on a connection of one's own; the last of them has the fault. */
    private void lease(SoakTargets.Target target, Fault fault) throws IOException {
        boolean raw = !target.leasesLoggedIn() || random.nextBoolean();
        int user = raw ? Wire.NOBODY : target.user(random);
        boolean bounded = fault == Fault.STALL || fault == Fault.LATE;
        Deadline deadline = Deadline.at(System.nanoTime() + patience());
        boolean keep = random.nextInt(4) > 0;
        long start = System.nanoTime();
        try (Lease lease = take(target, user, bounded ? deadline : null)) {
            for (int more = random.nextInt(3); more > 0; more--) {
                Wire.Request request = request(Fault.NONE, deadline);
                Wire.write(request, lease.output());
                if (!Wire.readReply(lease.input()).answers(request, user)) {
                    outcomes.replied(Fault.NONE, false);
                    return;
                }
            }
            if (keep) {
                lease.keep(); // also before a fault: a connection that failed is not kept all the same
            }
            Wire.Request request = request(fault, deadline);
            Wire.write(request, lease.output());
            outcomes.replied(fault, Wire.readReply(lease.input()).answers(request, user));
        } catch (IOException e) {
            outcomes.misread(fault, e, target.peer().wasDownSince(start - BACK_WITHIN_NANOS));
        }
    }

    private Lease take(SoakTargets.Target target, int user, @Nullable Deadline deadline) {
        Client client = targets.client();
        Priority priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
        if (deadline != null) {
            return target.remote(user).with(priority).until(deadline).lease();
        }
        return user == Wire.NOBODY && random.nextBoolean()
                ? client.lease(target.peer().endpoint(), priority)
                : target.remote(user).with(priority).lease();
    }

    private long patience() {
        return Duration.ofMillis(20).toNanos()
                + random.nextLong(Duration.ofMillis(60).toNanos());
    }

    private Wire.Request request(Fault fault, Deadline deadline) {
        byte[] payload = new byte[size(fault)];
        random.nextBytes(payload);
        long argument = switch (fault) {
            case LATE ->
                deadline.nanoTime() + random.nextLong(Duration.ofMillis(3).toNanos());
            case INTERRUPT -> deadline.nanoTime();
            case RESET, CUT -> random.nextBoolean() ? 0 : random.nextInt(payload.length + 17);
            default -> random.nextInt(3);
        };
        return new Wire.Request(nextId++, fault, argument, payload);
    }

    /** Mostly short; now and then one that does not fit any buffer. */
    private int size(Fault fault) {
        if (fault == Fault.SURPLUS) {
            return random.nextInt(SoakTargets.LONGEST_SURPLUS);
        }
        return switch (random.nextInt(200)) {
            case 0 -> random.nextInt(Wire.MAX_FRAME - 64);
            case 1, 2, 3, 4, 5, 6, 7, 8, 9 -> random.nextInt(8_192);
            default -> random.nextInt(256);
        };
    }
}
