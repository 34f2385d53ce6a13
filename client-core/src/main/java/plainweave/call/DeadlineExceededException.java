package plainweave.call;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** Too slow: the deadline passed, or a stream or lease was silent for too long, in any phase; {@link #progress()} has the time by phase. */
public final class DeadlineExceededException extends CallException {
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
    public DeadlineExceededException(
            String reason, Serializable details, Endpoint endpoint, Progress progress, @Nullable Throwable cause) {
        super(reason, details, endpoint, progress, cause);
    }
}
