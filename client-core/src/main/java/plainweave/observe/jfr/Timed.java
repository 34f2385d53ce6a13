package plainweave.observe.jfr;

import java.util.function.Supplier;
import jdk.jfr.Event;
import org.jspecify.annotations.Nullable;

/**
 * Something that takes time. It is begun before and done after, and what it tells is put together only if it lasted as long as its
 * threshold asks. Used by one thread at a time.
 */
abstract class Timed extends Event {
    static final String DONE = "done";

    /**
     * One that begins now; null if no recording wants it.
     *
     * @param probe another one, which is asked; so nothing is allocated while nobody records
     */
    static <T extends Timed> @Nullable T begun(T probe, Supplier<T> make) {
        if (!probe.isEnabled()) {
            return null;
        }
        T begun = make.get();
        begun.begin();
        return begun;
    }

    /** It ends now; whether it is worth telling. */
    final boolean isOver() {
        end();
        return shouldCommit();
    }

    /** Why it failed, and what that came from; null if it did not fail. */
    static @Nullable String inWords(@Nullable Throwable failure) {
        if (failure == null) {
            return null;
        }
        String what = said(failure);
        Throwable cause = failure.getCause();
        return cause == null || what.contains(said(cause)) ? what : what + ": " + said(cause);
    }

    private static String said(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }
}
