package plainweave.schedule;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.time.Watchdog;

/**
 * The parking shell under every interleaving that Lincheck's model checker reaches in seconds: what does not wait
 * is linearisable, and who waits gets the permit. {@code -Dlincheck.invocations=6000} tries ten times as many.
 */
class PrioritySemaphoreLincheckTest {
    private static final Watchdog WATCHDOG = new Watchdog("lincheck-watchdog");
    private static final PrioritySemaphore.Settings NO_QUEUE = new PrioritySemaphore.Settings(1, 2, 0, 0);
    private static final PrioritySemaphore.Settings ONE_PERMIT = new PrioritySemaphore.Settings(1, 1, 9, 9);
    private static final int INVOCATIONS = Integer.getInteger("lincheck.invocations", 600);
    private static final Deadline FAR = Deadline.at(Long.MAX_VALUE / 2);
    private static final Route[] ROUTES = {
        new Route(Endpoint.of("a", 1), "s"), new Route(Endpoint.of("b", 1), "s"), new Route(Endpoint.of("c", 1), "s")
    };

    @AfterAll
    static void end() {
        WATCHDOG.close();
    }

    /** One permit to each of three endpoints, two in total; nobody may wait, so each acquire answers at once. */
    public static class Shell {
        private final PrioritySemaphore semaphore = new PrioritySemaphore(NO_QUEUE, WATCHDOG);
        private final Permit[] held = new Permit[8];

        @Operation
        public boolean acquire(
                @Param(gen = ThreadIdGen.class) int thread, @Param(gen = IntGen.class, conf = "0:2") int route)
                throws InterruptedException, TimeoutException {
            if (held[thread] != null) {
                return false;
            }
            try {
                held[thread] = semaphore.acquire(ROUTES[route], Priority.NORMAL, false, FAR);
                return true;
            } catch (RejectedExecutionException full) {
                return false;
            }
        }

        @Operation
        public boolean release(@Param(gen = ThreadIdGen.class) int thread) {
            Permit mine = held[thread];
            if (mine == null) {
                return false;
            }
            held[thread] = null;
            mine.close();
            return true;
        }

        @Operation
        public int out() {
            return semaphore.counts().out();
        }

        @Operation
        public int out(@Param(gen = IntGen.class, conf = "0:2") int route) {
            return semaphore.counts(ROUTES[route].endpoint()).out();
        }

        @Validate
        public void endpointsKnownAreThoseWithPermits() {
            PrioritySemaphore.Counts counts = semaphore.counts();
            if (counts.endpoints() != counts.out()) {
                throw new AssertionError("an idle endpoint takes memory: " + counts);
            }
            semaphore.close(); // or its timer would stay with the watchdog, which lives as long as the test
        }
    }

    /** The same, counted on the fingers of one thread. */
    public static class Fingers {
        private final int[] held = new int[8];

        public boolean acquire(int thread, int route) {
            if (held[thread] != 0 || out() == 2 || out(route) == 1) {
                return false;
            }
            held[thread] = route + 1;
            return true;
        }

        public boolean release(int thread) {
            boolean had = held[thread] != 0;
            held[thread] = 0;
            return had;
        }

        public int out() {
            return out(0) + out(1) + out(2);
        }

        public int out(int route) {
            int out = 0;
            for (int one : held) {
                out += one == route + 1 ? 1 : 0;
            }
            return out;
        }
    }

    @Test
    void whatDoesNotWaitIsLinearisable() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(10)
                .invocationsPerIteration(INVOCATIONS / 5)
                .sequentialSpecification(Fingers.class)
                .check(Shell.class);
    }

    @Test
    void everyWaiterGetsThePermitOneAfterTheOther() {
        Lincheck.runConcurrentTest(INVOCATIONS, () -> {
            PrioritySemaphore semaphore = new PrioritySemaphore(ONE_PERMIT, WATCHDOG);
            Thread first = new Thread(() -> use(semaphore));
            Thread second = new Thread(() -> use(semaphore));
            first.start();
            second.start();
            join(first);
            join(second);
            end(semaphore);
        });
    }

    private static void use(PrioritySemaphore semaphore) {
        try (Permit permit = semaphore.acquire(ROUTES[0], Priority.NORMAL, false, FAR)) {
            permit.takeSlot();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void end(PrioritySemaphore semaphore) {
        PrioritySemaphore.Counts counts = semaphore.counts();
        if (counts.out() != 0 || counts.waiting() != 0 || counts.endpoints() != 0) {
            throw new AssertionError("left behind: " + counts);
        }
        semaphore.close();
    }
}
