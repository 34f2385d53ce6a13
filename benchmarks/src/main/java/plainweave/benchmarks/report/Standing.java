package plainweave.benchmarks.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Where one peer stands after all rounds of a job.
 *
 * @param peer who
 * @param rate exchanges per second
 * @param cpuMicros the client's CPU time for one exchange
 * @param serverCpuMicros the server's
 * @param p50Micros half of the exchanges took no longer
 * @param p99Micros all but one in a hundred
 * @param p999Micros all but one in a thousand
 * @param maxMicros the longest one
 * @param leastShare exchanges of the caller that made the fewest, over the mean of all callers
 * @param mostShare the same of the caller that made the most
 * @param ratio our CPU time over the peer's, taken in each round: two rounds are minutes apart and the machine may have
 *     changed. Empty where we did not run
 */
public record Standing(
        String peer,
        Spread rate,
        Spread cpuMicros,
        Spread serverCpuMicros,
        Spread p50Micros,
        Spread p99Micros,
        Spread p999Micros,
        Spread maxMicros,
        Spread leastShare,
        Spread mostShare,
        Optional<Spread> ratio) {

    /** Sums up what a peer did, against what we did in the same rounds. */
    public static Standing of(String peer, List<Measurement> own, List<Measurement> ours) {
        double[] ratios = own.stream()
                .flatMap(theirs -> ours.stream()
                        .filter(our -> our.round() == theirs.round())
                        .map(our -> our.cpuMicros() / theirs.cpuMicros()))
                .mapToDouble(Double::doubleValue)
                .toArray();
        return new Standing(
                peer,
                spread(own, Measurement::rate),
                spread(own, Measurement::cpuMicros),
                spread(own, Measurement::serverCpuMicros),
                spread(own, Measurement::p50Micros),
                spread(own, Measurement::p99Micros),
                spread(own, Measurement::p999Micros),
                spread(own, Measurement::maxMicros),
                spread(own, Measurement::leastShare),
                spread(own, Measurement::mostShare),
                ratios.length == 0 ? Optional.empty() : Optional.of(Spread.of(Arrays.stream(ratios))));
    }

    /** The line a run ends with. */
    public String line(String job) {
        return String.format(
                Locale.ROOT,
                "arena job=%s peer=%s exchanges_per_s=%.0f cpu_us=%.2f p99_us=%.0f ratio=%s",
                job,
                peer,
                rate.median(),
                cpuMicros.median(),
                p99Micros.median(),
                ratio.map(spread -> String.format(Locale.ROOT, "%.2f", spread.median()))
                        .orElse("-"));
    }

    private static Spread spread(List<Measurement> rounds, ToDoubleFunction<Measurement> figure) {
        return Spread.of(rounds.stream().mapToDouble(figure));
    }
}
