package plainweave.call;

import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call that gave no reply. Unchecked; one of six kinds, each saying where the call went, in which phase it ended, whether any
 * byte of the request was sent, and in its message where the time went and how permits, queue and pool stood. A message never
 * holds bytes of a request.
 */
public abstract sealed class CallException extends RuntimeException
        permits RejectedException,
                DeadlineExceededException,
                UnreachableException,
                ConnectionLostException,
                CodecException,
                CancelledException {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final Serializable details;
    private final Endpoint endpoint;
    private final Progress progress;

    CallException(
            String reason, Serializable details, Endpoint endpoint, Progress progress, @Nullable Throwable cause) {
        super(null, cause);
        this.reason = reason;
        this.details = Objects.requireNonNull(details, "details");
        this.endpoint = Objects.requireNonNull(endpoint, "endpoint");
        this.progress = Objects.requireNonNull(progress, "progress");
    }

    /**
     * Endpoint, phase, reason, and in brackets the time by phase and how permits, queue and pool stood. It is put together here, for under
     * overload most failures are counted and forgotten, and putting it together costs more than all the rest of a call that was refused.
     */
    @Override
    public String getMessage() {
        return endpoint + " " + phase() + ": " + reason + " [" + details + "]";
    }

    /** What happened, in a few words, for a person; the message has endpoint, phase, times and counts as well. */
    public String reason() {
        return reason;
    }

    /** Which of the six it is, as meters and events name it: its class without the suffix, as in {@code DeadlineExceeded}. */
    public String kind() {
        return getClass().getSimpleName().replace("Exception", "");
    }

    /** Where the call went. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** The phase in which it ended. */
    public Phase phase() {
        return progress.phase();
    }

    /**
     * Whether the system took at least one byte of the request, or may have. If not, the peer cannot have acted on it and the call may be made
     * again whatever it does.
     */
    public boolean sent() {
        return progress.sent();
    }

    /** How far the call had come, with the time by phase. */
    public Progress progress() {
        return progress;
    }
}
