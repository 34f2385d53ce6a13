package plainweave.schedule;

import java.util.concurrent.RejectedExecutionException;

/** A refusal on its way to where it is explained. The failure made there has the stack; this one is never seen, and needs none. */
final class Refused extends RejectedExecutionException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
        super(message);
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // there is nothing to guard
    public Throwable fillInStackTrace() {
        return this;
    }
}
