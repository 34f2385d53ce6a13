package plainweave.schedule;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import plainweave.Interleavings;
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
    private static final PrioritySemaphore.Settings ROOM_FOR_ONE = new PrioritySemaphore.Settings(1, 1, 1, 1);
    private static final Deadline FAR = Deadline.at(Long.MAX_VALUE / 2);
    private static final Deadline NEAR = Deadline.at(FAR.nanoTime() / 2);
    private static final Route[] ROUTES = {
        new Route(Endpoint.of("a", 1), "s"), new Route(Endpoint.of("b", 1), "s"), new Route(Endpoint.of("c", 1), "s")
    };

    private static final Route[] ROUTES_OF_TWO_SESSIONS = {
        new Route(Endpoint.of("a", 1), "s"), new Route(Endpoint.of("a", 1), "t"), new Route(Endpoint.of("b", 1), "s")
    };

    /** Without switches in there more of those in the shell are tried. */
    private static final String[] UNDER_THE_LOCK = {Line.class.getName(), PrioritySemaphore.Counts.class.getName()};

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
        Interleavings.options()
                .threads(2)
                .actorsPerThread(2)
                .iterations(6)
                .sequentialSpecification(Fingers.class)
                .check(Shell.class);
    }

    /** Only ever in one hand, one slot or the store. */
    private static final class Connection implements Slot {
        private final HandOff place;
        private final int route;
        private boolean held = true;

        Connection(HandOff place, int route) {
            this.place = place;
            this.route = route;
        }

        void take() {
            if (held) {
                throw new AssertionError("a connection has two holders");
            }
            held = true;
        }

        void putDown() {
            if (!held) {
                throw new AssertionError("a connection was taken from its holder");
            }
            held = false;
        }

        @Override
        public boolean fits(Route wanted) {
            return ROUTES_OF_TWO_SESSIONS[route].equals(wanted);
        }

        @Override
        public void store(int limit) {
            if (held) {
                throw new AssertionError("a connection was stored that somebody holds");
            }
            if (place.stored[route] != null) {
                throw new AssertionError("a connection is in two places");
            }
            place.stored[route] = this;
        }
    }

    /**
     * One permit, and therefore one connection for each route: whoever gets the permit finds the connection in the slot or in the
     * store, which needs no lock of its own.
     */
    public abstract static class HandOff {
        final PrioritySemaphore semaphore;
        private final Connection[] stored = new Connection[ROUTES_OF_TWO_SESSIONS.length];
        private final boolean[] made = new boolean[ROUTES_OF_TWO_SESSIONS.length];
        private int inside;

        HandOff(PrioritySemaphore.Settings settings) {
            semaphore = new PrioritySemaphore(settings, WATCHDOG);
        }

        Permit acquire(int route, Deadline deadline) throws InterruptedException, TimeoutException {
            return semaphore.acquire(ROUTES_OF_TWO_SESSIONS[route], Priority.NORMAL, false, deadline);
        }

        void use(int route, Permit permit) {
            if (++inside != 1) {
                throw new AssertionError("two hold the one permit");
            }
            Connection mine = (Connection) permit.takeSlot();
            if (mine == null) {
                mine = stored[route];
                stored[route] = null;
            } else if (mine.route != route) {
                throw new AssertionError("a connection came to another route");
            }
            if (mine != null) {
                mine.take();
            } else if (made[route]) {
                throw new AssertionError("a connection was lost");
            } else {
                mine = new Connection(this, route);
                made[route] = true;
            }
            mine.putDown();
            inside--;
            permit.leave(mine);
            permit.close();
        }

        @Validate
        public void everythingIsBack() {
            PrioritySemaphore.Counts counts = semaphore.counts();
            if (counts.out() != 0 || counts.waiting() != 0 || counts.endpoints() != 0) {
                throw new AssertionError("left behind: " + counts);
            }
            for (int route = 0; route < made.length; route++) {
                if (made[route] != (stored[route] != null)) {
                    throw new AssertionError("a connection was lost in the end");
                }
            }
            semaphore.close();
        }
    }

    /** Everybody uses one and hands it on. */
    public static class FromHandToHand extends HandOff {
        public FromHandToHand() {
            super(ONE_PERMIT);
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread, @Param(gen = IntGen.class, conf = "0:2") int route)
                throws InterruptedException, TimeoutException {
            use(route, acquire(route, FAR));
        }
    }

    /**
     * One holds the permit and gives it back, the second waits for it, and for the third it gets too late for the second. Interrupts
     * the checker cannot replay; the stress test has them.
     */
    public static class GivingUp extends HandOff {
        private final Permit held;

        public GivingUp() {
            super(ONE_PERMIT);
            try {
                held = acquire(0, FAR);
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError("it is free", e);
            }
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) throws InterruptedException {
            switch (thread % 3) {
                case 0 -> use(0, held);
                case 1 -> useUnlessItGetsLate();
                default -> semaphore.expire(NEAR.nanoTime());
            }
        }

        private void useUnlessItGetsLate() throws InterruptedException {
            try {
                use(0, acquire(0, NEAR));
            } catch (TimeoutException late) {
                // it was free to
            }
        }
    }

    /** One holds the permit and gives it back; there is room for one to wait, and the last to come is urgent. */
    public static class MakingRoom extends HandOff {
        private final Permit held;

        public MakingRoom() {
            super(ROOM_FOR_ONE);
            try {
                held = acquire(0, FAR);
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError("it is free", e);
            }
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) throws InterruptedException, TimeoutException {
            switch (thread % 3) {
                case 0 -> use(0, held);
                case 1 -> useUnlessShed(1);
                default -> use(0, semaphore.acquire(ROUTES_OF_TWO_SESSIONS[0], Priority.URGENT, false, FAR));
            }
        }

        private void useUnlessShed(int route) throws InterruptedException, TimeoutException {
            try {
                use(route, semaphore.acquire(ROUTES_OF_TWO_SESSIONS[route], Priority.BACKGROUND, false, FAR));
            } catch (RejectedExecutionException shed) {
                // it was free to
            }
        }
    }

    /** One holds the permit and gives it back, the second waits for one, and the third makes it two. */
    public static class Growing {
        private final PrioritySemaphore semaphore = new PrioritySemaphore(ONE_PERMIT, WATCHDOG);
        private final Permit held;

        public Growing() {
            try {
                held = semaphore.acquire(ROUTES[0], Priority.NORMAL, false, FAR);
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError("it is free", e);
            }
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) throws InterruptedException, TimeoutException {
            switch (thread % 3) {
                case 0 -> held.close();
                case 1 ->
                    semaphore.acquire(ROUTES[0], Priority.NORMAL, false, FAR).close();
                default -> semaphore.resize(2, 2);
            }
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

    @Test
    void everyWaiterGetsThePermitAndNoConnectionIsLostNorHasTwoHolders() {
        Interleavings.playThrough(FromHandToHand.class);
    }

    @Test
    void neitherPermitNorConnectionIsLostOnTheWayToAWaiterWhoseDeadlinePasses() {
        Interleavings.playThrough(GivingUp.class, UNDER_THE_LOCK);
    }

    @Test
    void whoIsShedIsToldAndNothingIsLost() {
        Interleavings.playThrough(MakingRoom.class, UNDER_THE_LOCK);
    }

    @Test
    void aWaiterIsLetGoOnceByWhoeverComesFirst() {
        Interleavings.playThrough(Growing.class, UNDER_THE_LOCK);
    }
}
