package plainweave.observe;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A host name was looked up.
 *
 * @param host the name
 * @param addresses what it resolved to; empty if the lookup failed
 * @param took how long that took
 * @param cause why it failed, or null
 */
public record Resolved(
        String host,
        List<InetAddress> addresses,
        Duration took,
        @Nullable Exception cause) {
    /** Why it failed, if it did. */
    public Optional<Exception> failure() {
        return Optional.ofNullable(cause);
    }
}
