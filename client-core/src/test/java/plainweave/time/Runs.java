package plainweave.time;

import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** A busy machine may spoil a measurement, and the one after it: what is out of its bound is so in all of five. */
public final class Runs {
    private static final int MOST = 5;

    private Runs() {}

    /** The first result that is within its bound, else the last. What a run throws counts at once. */
    public static <T> T decide(Callable<T> run, Predicate<T> within) throws Exception {
        T result = run.call();
        for (int runs = 1; runs < MOST && !within.test(result); runs++) {
            System.out.println("again, for run " + runs + " gave: " + result);
            result = run.call();
        }
        return result;
    }
}
