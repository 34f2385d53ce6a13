package plainweave.observe;

import java.util.Locale;

/** Byte counts for people. */
final class Bytes {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

    private Bytes() {}

    static String inWords(long bytes) {
        double value = bytes;
        int unit = 0;
        while (unit < UNITS.length - 1 && value >= 1_024) {
            value /= 1_024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }
}
