package plainweave.benchmarks.client;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A caller of a key-value store: sets its key to the bytes of its line and gets it back, by turns. */
public final class SetAndGet implements BlockingCallers.Call {

    /** What a peer offers. */
    public interface Store {
        /** Sets the key; the answer is {@code OK}. */
        @Nullable
        String set(String key, String value) throws Exception;

        /** Gets the value of the key. */
        @Nullable
        String get(String key) throws Exception;
    }

    private final String key;
    private final Store store;
    private @Nullable String value;

    /** For the caller of this number. */
    public SetAndGet(int caller, Store store) {
        this.key = "caller:" + caller;
        this.store = store;
    }

    @Override
    public void exchange(Line line) throws Exception {
        String stored = value;
        if (stored == null) {
            String next = new String(line.bytes(), StandardCharsets.ISO_8859_1);
            String answer = store.set(key, next);
            if (!"OK".equals(answer)) {
                throw new IllegalStateException("SET was answered with '" + answer + "'");
            }
            value = next;
        } else {
            String got = store.get(key);
            if (!stored.equals(got)) {
                throw new IllegalStateException("a wrong reply: set '" + stored.strip() + "', got '" + got + "'");
            }
            value = null;
        }
    }
}
