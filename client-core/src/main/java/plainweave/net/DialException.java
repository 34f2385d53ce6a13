package plainweave.net;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plainweave.call.Attempt;

/** No address of an endpoint could be reached; lists every try. */
public final class DialException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient List<Attempt> attempts;

    private final boolean remembered;
    private final boolean local;

    private DialException(List<Attempt> attempts, boolean remembered, boolean local, @Nullable Throwable cause) {
        super(attempts.isEmpty() ? "no time left to try" : "no address could be reached", cause);
        this.attempts = List.copyOf(attempts);
        this.remembered = remembered;
        this.local = local;
    }

    DialException(List<Attempt> attempts) {
        this(attempts, false);
    }

    DialException(List<Attempt> attempts, boolean local) {
        this(
                attempts,
                false,
                local,
                attempts.isEmpty() ? null : attempts.getLast().cause());
    }

    /** What an earlier dial met, for a caller who is spared the next one. */
    static DialException remembered(DialException earlier) {
        return new DialException(earlier.attempts, true, false, earlier);
    }

    /** Whether nothing was tried this time, because an earlier dial had failed just before. */
    public boolean isRemembered() {
        return remembered;
    }

    /** Whether the peer had no part in it: this machine could not, for want of descriptors or ports, say, or its resolver did not. */
    boolean isLocal() {
        return local;
    }

    /** Every try, in order. */
    public List<Attempt> attempts() {
        return attempts;
    }
}
