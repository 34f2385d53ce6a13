package plainweave.net;

import java.io.IOException;
import java.util.List;
import plainweave.call.Attempt;

/** No address of an endpoint could be reached; lists every try. */
public final class DialException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient List<Attempt> attempts;

    DialException(List<Attempt> attempts) {
        super(attempts.isEmpty() ? "no time left to try" : "no address could be reached");
        this.attempts = List.copyOf(attempts);
        if (!attempts.isEmpty()) {
            initCause(attempts.getLast().cause());
        }
    }

    /** Every try, in order. */
    public List<Attempt> attempts() {
        return attempts;
    }
}
