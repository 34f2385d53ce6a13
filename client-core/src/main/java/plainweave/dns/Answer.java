package plainweave.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one lookup gave.
 *
 * @param host the name
 * @param addresses at least one, or none if the lookup failed
 * @param failure why there are none
 * @param took how long the lookup took
 * @param gone addresses that the name had, and which by this answer it has no longer
 * @param added whether it has an address that the answer before did not have
 */
public record Answer(
        String host,
        List<InetAddress> addresses,
        @Nullable UnknownHostException failure,
        Duration took,
        Set<InetAddress> gone,
        boolean added) {}
