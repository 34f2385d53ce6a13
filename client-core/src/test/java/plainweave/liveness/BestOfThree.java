package plainweave.liveness;

import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** A busy machine may spoil a measurement or two; what is wrong in the library spoils each. */
public final class BestOfThree {
    private static final int SPOILT = 2;

    private BestOfThree() {}

    /** The first result that is within its bound, else the third. What a run throws counts at once. */
    public static <T> T decides(Callable<T> run, Predicate<T> within) throws Exception {
        T result = run.call();
        for (int n = 0; n < SPOILT && !within.test(result); n++) {
            Forked.figure("again, for a run gave: " + result);
            result = run.call();
        }
        return result;
    }
}
