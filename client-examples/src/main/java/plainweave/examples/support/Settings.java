package plainweave.examples.support;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/** What the user said with {@code -Dname=value}; a value that is empty counts as not said. */
public final class Settings {
    private static final double LARGEST_SCALE = 100;
    private static final int LONGEST_SECONDS = 3_600;

    private final Function<String, @Nullable String> values;

    private Settings(Function<String, @Nullable String> values) {
        this.values = values;
    }

    /** The system properties of this JVM. */
    public static Settings ofSystem() {
        return new Settings(System::getProperty);
    }

    /** These values. */
    public static Settings of(Map<String, String> values) {
        return new Settings(Map.copyOf(values)::get);
    }

    /** {@code -Dexample}: which example. */
    public Optional<String> example() {
        return said("example");
    }

    /**
     * {@code -Dtarget=host:port}: a server to use in place of the example's own.
     *
     * @throws Complaint if it is no such thing
     */
    public Optional<Endpoint> target() {
        return said("target").map(text -> {
            try {
                return Endpoint.parse(text);
            } catch (IllegalArgumentException e) {
                throw new Complaint("-Dtarget: " + e.getMessage());
            }
        });
    }

    /**
     * {@code -Durl}: a page to fetch in place of the example's own.
     *
     * @throws Complaint if it is no URL at all
     */
    public Optional<URI> url() {
        return said("url").map(text -> {
            try {
                return new URI(text);
            } catch (URISyntaxException e) {
                throw new Complaint("-Durl: " + e.getMessage());
            }
        });
    }

    /**
     * {@code -Dseconds} times {@code -Dscale}: how long to go on; at least 1 ms.
     *
     * @param byDefault the seconds if the user has not said
     * @throws Complaint if it is not a whole number from 1 to 3600, or the scale is not as {@link #scaled} wants it
     */
    public Duration time(int byDefault) {
        int seconds = said("seconds").map(Settings::seconds).orElse(byDefault);
        return Duration.ofMillis(scaled(seconds * 1_000));
    }

    private static int seconds(String text) {
        if (text.matches("\\d{1,4}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= LONGEST_SECONDS) {
            return Integer.parseInt(text);
        }
        throw new Complaint("-Dseconds: '" + text + "' is not a whole number from 1 to " + LONGEST_SECONDS);
    }

    /**
     * A count times {@code -Dscale}, which is 1 by default; at least 1.
     *
     * @throws Complaint if the scale is not a number over 0, up to 100
     */
    public int scaled(int count) {
        double scale = said("scale").map(Settings::scale).orElse(1.0);
        return Math.clamp(Math.round(count * scale), 1, Integer.MAX_VALUE);
    }

    private static double scale(String text) {
        try {
            double scale = Double.parseDouble(text);
            if (scale > 0 && scale <= LARGEST_SCALE) {
                return scale;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new Complaint("-Dscale: '" + text + "' is not a number over 0, up to " + (int) LARGEST_SCALE);
    }

    private Optional<String> said(String name) {
        return Optional.ofNullable(values.apply(name)).map(String::strip).filter(value -> !value.isEmpty());
    }
}
