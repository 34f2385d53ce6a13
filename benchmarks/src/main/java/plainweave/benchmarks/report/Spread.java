package plainweave.benchmarks.report;

import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * A figure over all rounds.
 *
 * @param median the one to compare
 * @param min its lowest round
 * @param max its highest round
 */
public record Spread(double median, double min, double max) {

    /** Over at least one value. */
    public static Spread of(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** The median, and lowest and highest in brackets if they differ, each in this format. */
    public String text(String format) {
        if (min == max) {
            return String.format(Locale.ROOT, format, median);
        }
        return String.format(Locale.ROOT, format + " (" + format + "-" + format + ")", median, min, max);
    }
}
