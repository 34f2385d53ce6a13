package plainweave.call;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** The caller was interrupted (its interrupt flag is set again) or the client was closed, in any phase; says nothing about the peer. */
public final class CancelledException extends CallException {
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
    public CancelledException(
            String reason, Serializable details, Endpoint endpoint, Progress progress, @Nullable Throwable cause) {
        super(reason, details, endpoint, progress, cause);
    }
}
