package plainweave.examples.support;

import java.util.Locale;

/** What was measured in two ways, side by side, and how much the second is of the first. Not thread-safe. */
public final class BeforeAfter {
    private final Table table = new Table("lrrr");

    /** A table without figures. */
    public BeforeAfter(String before, String after) {
        table.head("", before, after, "ratio");
    }

    /** One more figure. */
    public BeforeAfter row(String figure, Number first, Number second) {
        double before = first.doubleValue();
        double after = second.doubleValue();
        table.row(figure, digits(before), digits(after), before == 0 ? "" : ratio(after / before));
        return this;
    }

    private static String ratio(double ratio) {
        return ratio > 0 && ratio < 0.1 ? String.format(Locale.ROOT, "%.4f", ratio) : digits(ratio);
    }

    /** The table so far. */
    public Table table() {
        return table;
    }

    /** Fractions only where a whole number would tell little. */
    private static String digits(double value) {
        boolean whole = value == Math.rint(value) || Math.abs(value) >= 100;
        return String.format(Locale.ROOT, whole ? "%,.0f" : "%,.2f", value);
    }
}
