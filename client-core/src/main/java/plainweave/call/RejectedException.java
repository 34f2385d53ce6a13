package plainweave.call;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * The call was not let in (phase QUEUE): the queue was full, a higher priority took its place in it, its deadline could not be met, or the
 * client is closed. Nothing was sent.
 */
public final class RejectedException extends CallException {
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
    public RejectedException(
            String reason, Serializable details, Endpoint endpoint, Progress progress, @Nullable Throwable cause) {
        super(reason, details, endpoint, progress, cause);
    }
}
