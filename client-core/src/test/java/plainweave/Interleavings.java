package plainweave;

import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.time.Watchdog;

/** How Lincheck's model checker is asked here; {@code -Dlincheck.invocations=1000} has it try ten times as many interleavings. */
public final class Interleavings {
    private static final int INVOCATIONS = Integer.getInteger("lincheck.invocations", 100);

    /** Of no consequence to what is tried: no need of a switch at every step in there. */
    private static final String[] ATOMIC = {
        Watchdog.class.getName(),
        Watchdog.Timer.class.getName(),
        Route.class.getName(),
        Endpoint.class.getName(),
        Priority.class.getName(),
        Deadline.class.getName()
    };

    private Interleavings() {}

    /** What all have in common. */
    public static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(ATOMIC)
                        .allMethods()
                        .treatAsAtomic())
                .actorsBefore(0)
                .actorsAfter(0)
                .invocationsPerIteration(INVOCATIONS);
    }

    /** To those who play it is all one in which order they do. */
    public static class Played {
        public void play(int thread, int route) {}

        public void play(int thread) {}
    }

    /**
     * A game of three, each of whom plays once; it asserts for itself what must hold.
     *
     * @param atomicToo names of classes in which there need be no switch either
     */
    public static void playThrough(Class<?> game, String... atomicToo) {
        options()
                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(atomicToo)
                        .allMethods()
                        .treatAsAtomic())
                .threads(3)
                .actorsPerThread(1)
                .iterations(2)
                .sequentialSpecification(Played.class)
                .minimizeFailedScenario(false) // without one of them it is another game
                .check(game);
    }
}
