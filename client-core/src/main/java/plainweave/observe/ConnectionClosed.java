package plainweave.observe;

import java.time.Duration;
import plainweave.call.Endpoint;

/**
 * A connection was closed.
 *
 * @param endpoint where it led
 * @param reason why
 * @param age since it was opened
 */
public record ConnectionClosed(Endpoint endpoint, Reason reason, Duration age) {
    /** Why a connection is closed. */
    public enum Reason {
        /** Its last exchange did not end cleanly, or its codec or lease did not want it kept; or it was a socket, and its owner closed it. */
        NOT_KEPT,
        /** The peer had closed it, reset it, or sent bytes nobody asked for while it was idle. */
        STALE,
        /** Nobody used it for the idle timeout. */
        IDLE,
        /** It reached its lifetime. */
        LIFETIME,
        /** More were idle than may be, or another session needed its place. */
        SURPLUS,
        /** {@code client.evict} was called for its endpoint. */
        EVICTED,
        /** Its name no longer has its address, or has new ones that get their share. */
        MOVED,
        /** It was secured by an SSLContext in whose place there is another now. */
        OUTDATED,
        /** The client was closed. */
        CLIENT_CLOSED
    }
}
