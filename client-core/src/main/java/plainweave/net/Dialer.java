package plainweave.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import plainweave.call.Attempt;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.dns.DnsCache;
import plainweave.observe.jfr.ConnectEvent;
import plainweave.observe.jfr.Events;
import plainweave.time.Watchdog;

/**
 * Opens transports: looks the host up, then races its addresses; remembers endpoints that could not be reached. Safe from any
 * thread.
 */
public final class Dialer implements AutoCloseable {
    private final DnsCache dns;
    private final SocketSettings sockets;
    private final Tls tls;
    private final Watchdog watchdog;
    private final Outages outages;
    private final Transports transports = new Transports();
    private final AddressOrder order;

    /**
     * A dialer.
     *
     * @param sockets how they are set up
     * @param tls how they are secured
     * @param nanoTime the clock of outages
     * @param random from 0 to 1, spreads the ends of their pauses
     */
    public Dialer(
            DnsCache dns,
            SocketSettings sockets,
            Tls tls,
            Watchdog watchdog,
            LongSupplier nanoTime,
            DoubleSupplier random) {
        this.dns = dns;
        this.sockets = sockets;
        this.tls = tls;
        this.watchdog = watchdog;
        this.outages = new Outages(nanoTime, random);
        this.order = new AddressOrder(transports::to, nanoTime);
    }

    /** Forgets what failed long ago. The housekeeper calls it. */
    public void sweep() {
        outages.sweep();
        order.sweep();
    }

    /**
     * A connected transport, disarmed.
     *
     * @param limit when to give up
     * @param patient whether that grants the peer the whole connect limit; if not, a peer that was only slow is not held to be out
     * @throws DialException if no address could be reached within the limit, or none could just before; lists every try
     * @throws CutException if the client was closed
     * @throws CancellationException if the client was closed during the lookup
     * @throws ClosedByInterruptException if the caller is or gets interrupted while connecting; its flag is set
     * @throws InterruptedException if it is or gets interrupted while looking up; its flag is cleared
     */
    public Transport dial(Endpoint endpoint, Deadline limit, boolean patient, Progress progress)
            throws IOException, InterruptedException {
        return dial(endpoint, limit, patient, progress, transport -> {});
    }

    /** What somebody does to a transport before it is connected. */
    interface Preparation {
        /** What it throws ends this try. */
        void of(Transport transport) throws IOException;
    }

    /** The same, of a transport that was prepared. */
    Transport dial(Endpoint endpoint, Deadline limit, boolean patient, Progress progress, Preparation preparation)
            throws IOException, InterruptedException {
        progress.enter(Phase.DNS, System.nanoTime());
        DialException outage = outages.check(endpoint);
        if (outage != null) {
            if (!outage.attempts().isEmpty()) {
                progress.enter(outage.attempts().getLast().phase(), System.nanoTime());
            }
            throw DialException.remembered(outage);
        }
        boolean conclusive = false;
        try {
            Transport transport = connect(endpoint, limit, progress, preparation);
            outages.over(endpoint);
            conclusive = true;
            return transport;
        } catch (DialException e) {
            if (!e.isLocal() && (patient || !limit.expired())) {
                outages.failed(endpoint, e);
                conclusive = true;
            }
            throw e;
        } finally {
            if (!conclusive) {
                outages.inconclusive(endpoint);
            }
        }
    }

    private Transport connect(Endpoint endpoint, Deadline limit, Progress progress, Preparation preparation)
            throws IOException, InterruptedException {
        List<? extends SocketAddress> addresses = order.of(resolved(endpoint, limit));
        List<Attempt> failed = new ArrayList<>();
        boolean local = true;
        while (!addresses.isEmpty() && (failed.isEmpty() || !limit.expired())) {
            progress.enter(Phase.CONNECT, System.nanoTime());
            Race race =
                    new Race(addresses, limit, address -> open(address, preparation), order, watchdog, Race.STAGGER);
            try {
                Transport transport = connected(race, endpoint);
                if (endpoint.isTls()) {
                    progress.enter(Phase.TLS, System.nanoTime());
                    secure(transport, endpoint, limit);
                }
                return transport;
            } catch (DialException e) {
                race.failures().stream().filter(a -> !e.attempts().contains(a)).forEach(failed::add);
                failed.addAll(e.attempts());
                local &= e.isLocal();
                addresses = race.others(); // where TLS fails at one address, another one may do
            }
        }
        throw new DialException(failed, local);
    }

    private static Transport connected(Race race, Endpoint endpoint) throws IOException, InterruptedException {
        ConnectEvent event = Events.connect();
        try {
            Transport transport = race.run();
            if (event != null) {
                event.done(endpoint, transport.address(), race.tried());
            }
            return transport;
        } catch (Throwable t) {
            if (event != null) {
                event.failed(endpoint, race.tried(), t);
            }
            throw t;
        }
    }

    private Transport open(SocketAddress address, Preparation preparation) throws IOException {
        Transport transport = Transport.open(address, sockets, tls, watchdog, transports);
        boolean prepared = false;
        try {
            preparation.of(transport);
            prepared = true;
            return transport;
        } finally {
            if (!prepared) {
                transport.close();
            }
        }
    }

    /**
     * It was reached but is no good, as far as can be told by what went wrong since: other addresses of the name come before it.
     *
     * @return what to throw
     */
    public IOException unfit(Transport transport, Phase phase, long start, Throwable failure) {
        if (failure instanceof ClosedByInterruptException interrupted) {
            return interrupted;
        }
        if (failure instanceof CutException cut && cut.reason() == CutException.Reason.CLIENT_CLOSED) {
            return cut;
        }
        if (Race.saysSomething(failure, start, Race.STAGGER.toNanos())) {
            order.failed(transport.peer());
        }
        return new DialException(List.of(attempt(transport.address(), phase, start, failure)));
    }

    private List<? extends SocketAddress> resolved(Endpoint endpoint, Deadline limit)
            throws DialException, InterruptedException {
        if (endpoint.isUnix()) {
            return List.of(UnixDomainSocketAddress.of(endpoint.host()));
        }
        long start = System.nanoTime();
        try {
            return dns.resolve(endpoint.host(), limit).stream()
                    .map(address -> new InetSocketAddress(address, endpoint.port()))
                    .toList();
        } catch (UnknownHostException | TimeoutException e) {
            throw new DialException(List.of(attempt(endpoint.host(), Phase.DNS, start, e)), true);
        }
    }

    private void secure(Transport transport, Endpoint endpoint, Deadline limit) throws IOException {
        long start = System.nanoTime();
        boolean secured = false;
        try {
            transport.arm(limit);
            transport.secure(endpoint);
            transport.disarm(limit);
            secured = true;
        } catch (IOException e) {
            throw unfit(transport, Phase.TLS, start, e);
        } finally {
            if (!secured) {
                transport.cut(CutException.Reason.DEADLINE);
                transport.close();
            }
        }
    }

    private static Attempt attempt(String target, Phase phase, long start, Throwable cause) {
        return new Attempt(target, phase, Duration.ofNanos(System.nanoTime() - start), cause);
    }

    /** Renews what is known of this host if it is, or soon will be, out of date. Returns at once. */
    public void keepFresh(Endpoint endpoint) {
        if (!endpoint.isUnix()) {
            dns.keepFresh(endpoint.host());
        }
    }

    /** Cuts every transport, connected or not, and each that is made from now on; whoever waits for one is told. Idempotent. */
    @Override
    public void close() {
        transports.close();
    }
}
