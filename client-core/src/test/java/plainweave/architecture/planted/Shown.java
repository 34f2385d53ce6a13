package plainweave.architecture.planted;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One of each thing that a user can name, beside what a user cannot. Never run. */
@SuppressWarnings("all")
public abstract class Shown<K extends Comparable<K>, V> extends Hidden implements Callable<List<? super K>> {
    public static final Map<String, int[]> CONSTANT = Map.of();
    protected long kept;
    String own;
    private int secret;

    protected Shown(K key) throws IOException {}

    Shown() {}

    public <T extends Number & Runnable> @Nullable T find(Map.Entry<K, @Nullable V> entry, int... places)
            throws TimeoutException, IOException {
        return null;
    }

    @Deprecated
    protected static void old() {}

    protected abstract Kind kind();

    void ofThePackage() {}

    @Override
    public String toString() {
        return "";
    }

    public enum Kind {
        ONE,
        TWO
    }

    public sealed interface Answer {
        default boolean good() {
            return false;
        }
    }

    public record Yes(String text, @Nullable Object more) implements Answer {}

    public static final class No implements Answer {}

    private static final class Never {}
}

abstract class Hidden {
    public final void inherited() {}
}
