package plainweave.examples.support;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/** The same load on several contestants in turn, three rounds of it: what a busy machine does to one round, it does to its neighbours. */
public final class Contest {
    private static final int ROUNDS = 3;

    /** Until then much of what is measured is the compiler. */
    private static final int WARM_UP = 6;

    private final OpenLoop load;
    private final Duration round;
    private final List<Contestant> contestants = new ArrayList<>();

    private record Contestant(String name, OpenLoop.Call call, List<OpenLoop.Outcome> rounds) {}

    /** A contest without contestants. */
    public Contest(OpenLoop load, Duration round) {
        this.load = load;
        this.round = round;
    }

    /** One more contestant; counted from 0 in the order of this. */
    public Contest add(String name, OpenLoop.Call call) {
        contestants.add(new Contestant(name, call, new ArrayList<>()));
        return this;
    }

    /**
     * Runs it, after a warm-up of a sixth of a round.
     *
     * @param beside a number to show beside the progress
     * @param unit what that is the number of
     */
    public Contest run(Screen screen, LongSupplier beside, String unit) {
        Duration warmUp = round.dividedBy(WARM_UP);
        long calls = (long) load.calls(warmUp) + (long) ROUNDS * load.calls(round);
        try (Work work = screen.work(calls * contestants.size(), beside, unit)) {
            contestants.forEach(each -> load.run(warmUp, each.call, work));
            for (int i = 0; i < ROUNDS; i++) {
                contestants.forEach(each -> each.rounds.add(load.run(round, each.call, work)));
            }
        }
        return this;
    }

    /** The median of a contestant's rounds. */
    public double median(int contestant, ToDoubleFunction<OpenLoop.Outcome> figure) {
        List<OpenLoop.Outcome> rounds = contestants.get(contestant).rounds;
        return rounds.stream().mapToDouble(figure).sorted().toArray()[rounds.size() / 2];
    }

    /** The medians of all. */
    public Table table() {
        Table table =
                new Table("lrrrrr").head("", "urgent p50 ms", "p99 ms", "failed %", "others replied/s", "failed %");
        for (int i = 0; i < contestants.size(); i++) {
            table.row(
                    contestants.get(i).name,
                    digits(median(i, it -> it.urgent().millis(0.5))),
                    digits(median(i, it -> it.urgent().millis(0.99))),
                    digits(100 * median(i, it -> it.urgent().failed())),
                    median(i, it -> it.others().inTime()) * 1_000 / round.toMillis(),
                    digits(100 * median(i, it -> it.others().failed())));
        }
        return table;
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
