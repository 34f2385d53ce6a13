package plainweave.net;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import plainweave.call.Attempt;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;

/**
 * Our failures as those that code written for java.net knows, by kind and, where it has a well-known one, by message; the rest of the
 * message is ours. Clients decide by the kind whether to try again.
 */
final class DoorFailures {
    private DoorFailures() {}

    static SocketException closed(@Nullable Throwable cause) {
        return new SocketException("Socket closed", cause);
    }

    static SocketException clientClosed(@Nullable Throwable cause) {
        return new SocketException("Socket closed: the client it came from was closed", cause);
    }

    /** A read or write failed. */
    static SocketException inUse(IOException told, boolean stillOpen, Duration silence) {
        if (told instanceof CutException cut) {
            return switch (cut.reason()) {
                case CLIENT_CLOSED -> clientClosed(cut);
                case DEADLINE ->
                    new SocketException(
                            "cut, because the peer took nothing of what was written for "
                                    + Progress.inWords(silence.toNanos()),
                            cut);
                case LEASE_CLOSED, LOST_RACE -> closed(cut);
            };
        }
        if (told instanceof ClosedByInterruptException) {
            return new SocketException("Closed by interrupt", told);
        }
        if (told instanceof ClosedChannelException) {
            return stillOpen ? new SocketException("Socket output is shutdown", told) : closed(told);
        }
        return told instanceof SocketException theirs ? theirs : new SocketException(told.getMessage(), told);
    }

    /** No connection came about. */
    static IOException connecting(Endpoint endpoint, Duration allowed, Exception e) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return new SocketException("Closed by interrupt", e);
        }
        if (e instanceof CancellationException) {
            return clientClosed(e);
        }
        if (e instanceof DialException dial) {
            return unreachable(endpoint, allowed, dial);
        }
        return inUse(e instanceof IOException told ? told : new IOException(e), false, allowed);
    }

    private static IOException unreachable(Endpoint endpoint, Duration allowed, DialException dial) {
        List<Attempt> attempts = dial.attempts();
        boolean late = attempts.isEmpty()
                || attempts.stream()
                        .anyMatch(attempt -> attempt.cause() instanceof CutException
                                || attempt.phase() == Phase.DNS && !(attempt.cause() instanceof UnknownHostException));
        boolean unknown = attempts.stream().anyMatch(attempt -> attempt.cause() instanceof UnknownHostException);
        StringBuilder what = new StringBuilder();
        if (dial.isRemembered()) {
            what.append(endpoint).append(" not tried, for it could not be reached just before");
        } else {
            what.append("no connection to ").append(endpoint);
            if (late) {
                what.append(" within ").append(Progress.inWords(allowed.toNanos()));
            }
        }
        attempts.forEach(attempt -> what.append("; ").append(attempt));
        IOException told = late
                ? new SocketTimeoutException(what.toString())
                : unknown ? new UnknownHostException(what.toString()) : new ConnectException(what.toString());
        told.initCause(dial);
        return told;
    }
}
