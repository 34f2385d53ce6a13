package plainweave.schedule;

import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import plainweave.call.Priority;

/** A refusal on its way to where it is explained. The failure made there has the stack; this one is never seen, and needs none. */
public final class Refused extends RejectedExecutionException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Priority inFavourOf;

    Refused(String message) {
        this(message, null);
    }

    Refused(String message, @Nullable Priority inFavourOf) {
        super(message);
        this.inFavourOf = inFavourOf;
    }

    /** The priority of whom it had to make room for; null if it did not. */
    public @Nullable Priority inFavourOf() {
        return inFavourOf;
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // there is nothing to guard
    public Throwable fillInStackTrace() {
        return this;
    }
}
