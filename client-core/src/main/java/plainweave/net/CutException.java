package plainweave.net;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** We ended this transport ourselves; the socket's own words for that are worth nothing to anybody. */
public final class CutException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** The armed deadline passed. */
        DEADLINE,
        /** The client was closed. */
        CLIENT_CLOSED,
        /** The lease, the replies or the socket were closed while another thread read, wrote or connected. */
        LEASE_CLOSED,
        /** Another address of the same name was faster. */
        LOST_RACE
    }

    private final Reason reason;

    /** What the one is told who waited. */
    public CutException(Reason reason, @Nullable Throwable cause) {
        super(
                switch (reason) {
                    case DEADLINE -> "too slow";
                    case CLIENT_CLOSED -> "the client was closed";
                    case LEASE_CLOSED -> "it was closed meanwhile";
                    case LOST_RACE -> "another address was faster";
                },
                cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
