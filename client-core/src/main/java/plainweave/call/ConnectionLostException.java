package plainweave.call;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** The peer went away in mid-exchange (phase WRITE or READ). Whether it acted on the request is unknown if {@link #sent()}. */
public final class ConnectionLostException extends CallException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param reason what happened, in a few words; never bytes of a request
     * @param details where the time went and how permits, queue and pool stood: a text, or what says it when asked for the message
     * @param endpoint where the call went
     * @param progress how far it had come
     * @param cause what lay below, if anything did
     */
    public ConnectionLostException(
            String reason, Serializable details, Endpoint endpoint, Progress progress, @Nullable Throwable cause) {
        super(reason, details, endpoint, progress, cause);
    }
}
