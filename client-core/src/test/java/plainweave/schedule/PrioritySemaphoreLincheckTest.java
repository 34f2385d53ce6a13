package plainweave.schedule;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
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
 * is linearisable, and who waits gets the permit. {@code -Dlincheck.invocations=1000} tries ten times as many.
 */
class PrioritySemaphoreLincheckTest {
    private static final Watchdog WATCHDOG = new Watchdog("lincheck-watchdog");
    private static final PrioritySemaphore.Settings NO_QUEUE = new PrioritySemaphore.Settings(1, 1, 0, 0);
    private static final PrioritySemaphore.Settings ONE_PERMIT = new PrioritySemaphore.Settings(1, 1, 9, 9);
    private static final int INVOCATIONS = Integer.getInteger("lincheck.invocations", 100);
    private static final Deadline FAR = Deadline.at(Long.MAX_VALUE / 2);
    private static final Route[] ROUTES = {
        new Route(Endpoint.of("a", 1), "s"), new Route(Endpoint.of("b", 1), "s"), new Route(Endpoint.of("c", 1), "s")
    };

    /** Of no consequence to what is tried here: no need of a switch at every step in there. */
    private static final String[] ATOMIC = {
        Watchdog.class.getName(),
        Watchdog.Timer.class.getName(),
        Route.class.getName(),
        Endpoint.class.getName(),
        Priority.class.getName(),
        Deadline.class.getName()
    };

    @AfterAll
    static void end() {
        WATCHDOG.close();
    }

    /** One permit for three endpoints, and nobody may wait, so each acquire answers at once. */
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
            if (held[thread] != 0 || out() == 1) {
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
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(ATOMIC)
                        .allMethods()
                        .treatAsAtomic())
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(6)
                .invocationsPerIteration(INVOCATIONS)
                .sequentialSpecification(Fingers.class)
                .check(Shell.class);
    }

    /** One permit; whoever does not get it waits, uses it and gives it back. */
    public static class Queue {
        private final PrioritySemaphore semaphore = new PrioritySemaphore(ONE_PERMIT, WATCHDOG);
        private int inside;

        @Operation
        public void use(@Param(gen = IntGen.class, conf = "0:1") int route)
                throws InterruptedException, TimeoutException {
            Permit permit = semaphore.acquire(ROUTES[route], Priority.NORMAL, false, FAR);
            if (++inside != 1) {
                throw new AssertionError("two hold the one permit");
            }
            inside--;
            permit.close();
        }

        @Validate
        public void everythingIsBack() {
            PrioritySemaphore.Counts counts = semaphore.counts();
            if (counts.out() != 0 || counts.waiting() != 0 || counts.endpoints() != 0) {
                throw new AssertionError("left behind: " + counts);
            }
            semaphore.close();
        }
    }

    /** To those who have been served it is all one in which order. */
    public static class Served {
        public void use(int route) {}
    }

    @Test
    void everyWaiterGetsThePermit() {
        new ModelCheckingOptions()
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(ATOMIC)
                        .allMethods()
                        .treatAsAtomic())
                .threads(3)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(2)
                .invocationsPerIteration(INVOCATIONS)
                .sequentialSpecification(Served.class)
                .check(Queue.class);
    }
}
