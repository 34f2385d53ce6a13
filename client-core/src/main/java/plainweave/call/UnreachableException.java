package plainweave.call;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * No connection was to be had: an unknown name, addresses that refuse or do not answer within the connect limit, TLS or a login that
 * failed (phase DNS, CONNECT, TLS or OPEN); or none was tried, because one had failed a moment ago. Nothing of the request was sent;
 * {@link #attempts()} has every try, and the cause is that of the last.
 */
public final class UnreachableException extends CallException {
    private static final long serialVersionUID = 1L;

    private final ArrayList<Attempt> attempts;

    /**
     * A failure.
     *
     * @param reason what happened, in a few words
     * @param details where the time went and how permits, queue and pool stood: a text, or what says it when asked for the message
     * @param endpoint where the call went
     * @param progress how far it had come
     * @param attempts every try, in order
     * @param cause what lay below, if anything did
     */
    public UnreachableException(
            String reason,
            Serializable details,
            Endpoint endpoint,
            Progress progress,
            List<Attempt> attempts,
            @Nullable Throwable cause) {
        super(reason, details, endpoint, progress, cause);
        this.attempts = new ArrayList<>(attempts);
    }

    /** Every try, in order; empty if time ran out before the first. */
    public List<Attempt> attempts() {
        return Collections.unmodifiableList(attempts);
    }
}
