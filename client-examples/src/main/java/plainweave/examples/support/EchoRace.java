package plainweave.examples.support;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * The same echo calls made in two ways, round by round in turn: what a busy machine does to one round, it does to its neighbour. The first
 * round of each warms up, and of the other three the median counts.
 */
public final class EchoRace {
    private static final int ROUNDS = 4;

    private final int callers;
    private final int callsPerRound;
    private final List<Double> before = new ArrayList<>();
    private final List<Double> after = new ArrayList<>();
    private final Work work;

    private EchoRace(int callers, int callsPerRound, Work work) {
        this.callers = callers;
        this.callsPerRound = callsPerRound;
        this.work = work;
    }

    /**
     * Runs one.
     *
     * @param callers how many call at once
     * @param calls how many calls are made in each way, in all rounds
     * @param before gives the reply to a line in the one way
     * @param after gives it in the other
     * @param beside a number to show beside the progress
     * @param unit what that is the number of
     */
    public static EchoRace run(
            Screen screen,
            int callers,
            int calls,
            UnaryOperator<String> before,
            UnaryOperator<String> after,
            LongSupplier beside,
            String unit) {
        int perRound = Math.max(1, calls / ROUNDS);
        try (Work work = screen.work(2L * ROUNDS * perRound, beside, unit)) {
            EchoRace race = new EchoRace(callers, perRound, work);
            for (int i = 0; i < ROUNDS; i++) {
                race.before.add(race.round(before));
                race.after.add(race.round(after));
            }
            return race;
        }
    }

    private double round(UnaryOperator<String> echo) {
        long start = System.nanoTime();
        Callers.make(callers, callsPerRound, i -> {
            String line = "call " + i;
            work.call(() -> echo.apply(line).equals(line));
        });
        return callsPerRound / Work.secondsSince(start);
    }

    /** How many calls were made in each way. */
    public int calls() {
        return ROUNDS * callsPerRound;
    }

    /** How many failed. */
    public long failed() {
        return work.left();
    }

    /** Calls a second in the one way. */
    public double before() {
        return median(before);
    }

    /** Calls a second in the other. */
    public double after() {
        return median(after);
    }

    private static double median(List<Double> rates) {
        return rates.stream().skip(1).sorted().toList().get((ROUNDS - 1) / 2);
    }

    /** As of {@link Work#exitCode}. */
    public int exitCode(Screen screen) {
        return work.exitCode(screen);
    }
}
