package plainweave.benchmarks.client;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A caller of a key-value store: sets its key to the bytes of its line and gets it back, by turns. */
public final class SetAndGet implements BlockingCallers.Call {

    /** Sets a key; the answer is {@code OK}. */
    @FunctionalInterface
    public interface Setter {
        /** The answer. */
        @Nullable
        String set(String key, String value) throws Exception;
    }

    /** Gets the value of a key. */
    @FunctionalInterface
    public interface Getter {
        /** The value. */
        @Nullable
        String get(String key) throws Exception;
    }

    private final String key;
    private final Setter setter;
    private final Getter getter;
    private @Nullable String value;

    /** For the caller of this number. */
    public SetAndGet(int caller, Setter setter, Getter getter) {
        this.key = "caller:" + caller;
        this.setter = setter;
        this.getter = getter;
    }

    @Override
    public void exchange(Line line) throws Exception {
        String stored = value;
        if (stored == null) {
            String next = new String(line.bytes(), StandardCharsets.ISO_8859_1);
            String answer = setter.set(key, next);
            if (!"OK".equals(answer)) {
                throw new IllegalStateException("SET was answered with '" + answer + "'");
            }
            value = next;
        } else {
            String got = getter.get(key);
            if (!stored.equals(got)) {
                throw new IllegalStateException("a wrong reply: set '" + stored.strip() + "', got '" + got + "'");
            }
            value = null;
        }
    }
}
