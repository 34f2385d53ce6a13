package plainweave.net;

import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocketFactory;
import plainweave.call.Progress;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.Observer;

/**
 * Where blocking clients that know nothing of us get sockets. Their connections are dialled like all others, and share names, races and
 * remembered outages with them. No permit stands behind one, for its exchanges cannot be told from outside: it lives as long as its
 * owner's pool keeps it, idle most of the time, and would hold for hours what is meant to be held for one exchange. Safe from any thread.
 */
public final class Door implements AutoCloseable {
    /**
     * What bounds the waits that their owners leave unbounded.
     *
     * @param connectTimeout of a connect that has no timeout of its own
     * @param silence how long the peer may take nothing of what is written
     */
    public record Settings(Duration connectTimeout, Duration silence) {}

    /**
     * How the door stands.
     *
     * @param open sockets that are connected
     * @param opened how many ever were
     * @param closed how many are no more
     * @param bytesIn read through all of them
     * @param bytesOut the system took from all of them
     */
    public record Counts(int open, long opened, long closed, long bytesIn, long bytesOut) {}

    final Settings settings;
    final Dialer dialer;
    final SocketSettings sockets;
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    private final Observer observer;
    private final LongSupplier nanoTime;
    private final SocketFactory plain = new DoorFactory(this);
    private final SSLSocketFactory secured;
    private final Set<DoorSocket> open = ConcurrentHashMap.newKeySet();
    private final LongAdder opened = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private volatile boolean refusing;
    private volatile boolean ended;

    /**
     * A door.
     *
     * @param dialer opens the connections; whoever closes it cuts them
     * @param sockets how it sets them up, before their owners do
     * @param tls for those that are secured
     * @param observer told of each that was opened, secured or closed; must not throw
     * @param nanoTime the clock of ages
     */
    public Door(
            Settings settings,
            Dialer dialer,
            SocketSettings sockets,
            Tls tls,
            Observer observer,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.dialer = dialer;
        this.sockets = sockets;
        this.observer = observer;
        this.nanoTime = nanoTime;
        this.secured = new TlsDoorFactory(this, tls);
    }

    /** Makes plain ones. */
    public SocketFactory plain() {
        return plain;
    }

    /** Makes secured ones. */
    public SSLSocketFactory secured() {
        return secured;
    }

    long now() {
        return nanoTime.getAsLong();
    }

    void requireOpen() throws SocketException {
        if (refusing) {
            throw DoorFailures.clientClosed(null);
        }
    }

    /** It is connected since just now. */
    void opened(DoorSocket socket, DoorWire wire, long start) {
        opened.increment();
        open.add(socket);
        Duration took = Duration.ofNanos(wire.openedAt() - start);
        observer.opened(new ConnectionOpened(wire.endpoint(), wire.transport().address(), took));
        if (ended) {
            closed(socket, wire, Reason.CLIENT_CLOSED); // whoever closed the door did not see it
        }
    }

    /** It is no more; counts for whoever says so first. */
    void closed(DoorSocket socket, DoorWire wire, Reason reason) {
        wire.transport().close();
        if (open.remove(socket)) {
            closed.increment();
            observer.closed(new ConnectionClosed(wire.endpoint(), reason, Duration.ofNanos(now() - wire.openedAt())));
        }
    }

    /** How it stands now. */
    public Counts counts() {
        long closedBefore = closed.sum(); // first, so that none is counted as closed that is not yet as opened
        return new Counts(open.size(), opened.sum(), closedBefore, bytesIn.sum(), bytesOut.sum());
    }

    /** One line for each that is connected: address, age, bytes in and out; no byte of them. */
    public List<String> dump() {
        List<String> lines = new ArrayList<>();
        for (DoorSocket socket : open) {
            DoorWire wire = socket.wire();
            if (wire != null) {
                lines.add(wire.endpoint() + " " + wire.transport().address() + " as a socket, open for "
                        + Progress.inWords(now() - wire.openedAt()) + ", " + wire.bytesIn() + " bytes in "
                        + wire.bytesOut() + " out");
            }
        }
        return lines;
    }

    /** From now on none is connected any more. */
    public void refuse() {
        refusing = true;
    }

    /** Closes all that are left. The dialer is closed before, so that whoever waits on one is told why. Idempotent. */
    @Override
    public void close() {
        refuse();
        ended = true;
        for (DoorSocket socket : open) {
            DoorWire wire = socket.wire();
            if (wire != null) {
                closed(socket, wire, Reason.CLIENT_CLOSED);
            }
        }
    }
}
