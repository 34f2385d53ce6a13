package plainweave.net;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Every transport from before it is connected until it is closed, so that a client that closes can cut them all. */
final class Transports {
    private final Set<Transport> all = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Set<Transport> all() {
        return all;
    }

    void add(Transport transport) {
        all.add(transport);
        if (closed) {
            transport.cut(CutException.Reason.CLIENT_CLOSED); // whoever came after close() looked
        }
    }

    void close() {
        closed = true;
        all.forEach(transport -> transport.cut(CutException.Reason.CLIENT_CLOSED));
    }
}
