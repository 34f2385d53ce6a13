package plainweave.benchmarks.parts;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.schedule.PrioritySemaphore;
import plainweave.time.Watchdog;

/**
 * What it costs to hand a permit on to a virtual thread that waits for it, park and unpark included, by how many wait: processor time
 * of the whole process, ours and that of the JDK's fair semaphore by turns. Whoever has a permit yields once before it gives it back, so
 * that the others do have to wait. Ours orders by priority and holds a deadline for each waiter;
 * the JDK's does neither.
 */
final class HandOffs {
    private static final int PERMITS = 64;
    private static final int[] WAITERS = {1_000, 10_000, 100_000};
    private static final int ROUNDS = Integer.getInteger("handoffs.rounds", 5);
    private static final Duration WARM_UP = Duration.ofSeconds(1);
    private static final Duration MEASURED = Duration.ofSeconds(2);
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private HandOffs() {}

    private interface Turn {
        void take(int caller) throws Exception;
    }

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        System.out.printf("CPU for each hand-off in µs, %d permits, median of %d rounds%n%n", PERMITS, ROUNDS);
        System.out.printf("%9s  %12s  %20s%n", "waiters", "Plainweave", "fair Semaphore (JDK)");
        double[] ours = new double[WAITERS.length];
        for (int i = 0; i < WAITERS.length; i++) {
            double[] mine = new double[ROUNDS];
            double[] theirs = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                mine[round] = plainweave(WAITERS[i]);
                theirs[round] = jdk(WAITERS[i]);
            }
            ours[i] = median(mine);
            System.out.printf("%,9d  %12.2f  %20.2f%n", WAITERS[i], ours[i], median(theirs));
        }
        System.out.printf(
                "%nHandOffs permits=%d rounds=%d cpu_us_1000=%.2f cpu_us_10000=%.2f cpu_us_100000=%.2f%n",
                PERMITS, ROUNDS, ours[0], ours[1], ours[2]);
    }

    private static double plainweave(int waiters) throws Exception {
        List<Priority> priorities = List.of(Priority.URGENT, Priority.NORMAL, Priority.BACKGROUND);
        Route route = new Route(Endpoint.of("localhost", 7), "");
        Deadline deadline = Deadline.after(Duration.ofHours(1));
        try (Watchdog watchdog = new Watchdog("handoffs-watchdog");
                PrioritySemaphore semaphore = new PrioritySemaphore(
                        new PrioritySemaphore.Settings(PERMITS, PERMITS, waiters, waiters), watchdog)) {
            return measure(
                    waiters,
                    caller -> semaphore
                            .acquire(route, priorities.get(caller % priorities.size()), false, deadline)
                            .close());
        }
    }

    private static double jdk(int waiters) throws Exception {
        Semaphore semaphore = new Semaphore(PERMITS, true);
        return measure(waiters, caller -> {
            semaphore.acquire();
            Thread.yield();
            semaphore.release();
        });
    }

    /** Microseconds of processor time for each turn. */
    private static double measure(int waiters, Turn turn) throws InterruptedException {
        LongAdder turns = new LongAdder();
        List<Thread> callers = new ArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        for (int i = 0; i < waiters; i++) {
            int caller = i;
            callers.add(Thread.startVirtualThread(() -> {
                try {
                    while (!stop.get()) {
                        turn.take(caller);
                        turns.increment();
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        LockSupport.parkNanos(WARM_UP.toNanos());
        long cpu = SYSTEM.getProcessCpuTime();
        long before = turns.sum();
        LockSupport.parkNanos(MEASURED.toNanos());
        double micros = (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / Math.max(1, turns.sum() - before);
        stop.set(true);
        for (Thread caller : callers) {
            caller.join();
        }
        return micros;
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
