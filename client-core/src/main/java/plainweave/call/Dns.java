package plainweave.call;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks a host name up. Called on the resolver's own threads, so it may block; results are cached above it. */
@FunctionalInterface
public interface Dns {
    /**
     * The addresses of a host, at least one, in the order in which to try them.
     *
     * @param host a name in lower case, never an address literal
     * @throws UnknownHostException if it has none, as far as can be told; that is remembered for the negative time to live
     * @throws IOException if it could not be looked up, a time-out say; that is not remembered
     */
    List<InetAddress> resolve(String host) throws IOException;

    /**
     * The resolver of the JDK. It keeps answers for {@code networkaddress.cache.ttl} seconds (a security property, 30 by
     * default), below our own time to live: an address that moved can be seen up to the sum of both later; that it found
     * none it keeps for {@code networkaddress.cache.negative.ttl} seconds (10). It cannot tell a name
     * that does not exist from a resolver that does not answer: both are an {@link UnknownHostException}.
     */
    static Dns system() {
        return host -> List.of(InetAddress.getAllByName(host));
    }

    /**
     * A table; names that are not in it are unknown. Names are compared in any case.
     *
     * @throws IllegalArgumentException if a name has no address
     */
    static Dns fixed(Map<String, List<InetAddress>> table) {
        Map<String, List<InetAddress>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        table.forEach((host, addresses) -> {
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("host '" + host + "' has no address");
            }
            copy.put(host, List.copyOf(addresses));
        });
        return host -> {
            List<InetAddress> addresses = copy.get(host);
            if (addresses == null) {
                throw new UnknownHostException(host + " is not in the fixed table of " + copy.size() + " names");
            }
            return addresses;
        };
    }
}
