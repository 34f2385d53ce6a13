package plainweave.net;

import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every transport from before it is connected until it is closed, so that a client that closes can cut them all, and a new connection
 * goes to the address that has the fewest.
 */
final class Transports {
    private final Set<Transport> all = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<SocketAddress, Integer> byPeer = new ConcurrentHashMap<>();
    private final ReadAheads readAheads = new ReadAheads();
    private volatile boolean closed;

    /** How many there are to this address. */
    int to(SocketAddress peer) {
        return byPeer.getOrDefault(peer, 0);
    }

    /** What they share for their fast streams. */
    ReadAheads readAheads() {
        return readAheads;
    }

    void remove(Transport transport) {
        if (all.remove(transport)) {
            byPeer.computeIfPresent(transport.peer(), (peer, n) -> n == 1 ? null : n - 1);
        }
    }

    void add(Transport transport) {
        all.add(transport);
        byPeer.merge(transport.peer(), 1, Integer::sum);
        if (closed) {
            transport.cut(CutException.Reason.CLIENT_CLOSED); // whoever came after close() looked
        }
    }

    void close() {
        closed = true;
        all.forEach(transport -> transport.cut(CutException.Reason.CLIENT_CLOSED));
    }
}
