package plainweave.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import plainweave.time.Watchdog;

/**
 * Opens transports: looks the host up, then tries its addresses in order; remembers endpoints that could not be reached. Safe from
 * any thread.
 */
public final class Dialer implements AutoCloseable {
    private final DnsCache dns;
    private final Watchdog watchdog;
    private final Outages outages;
    private final Transports transports = new Transports();

    /**
     * A dialer.
     *
     * @param nanoTime the clock of outages
     * @param random from 0 to 1, spreads the ends of their pauses
     */
    public Dialer(DnsCache dns, Watchdog watchdog, LongSupplier nanoTime, DoubleSupplier random) {
        this.dns = dns;
        this.watchdog = watchdog;
        this.outages = new Outages(nanoTime, random);
    }

    /** Forgets old outages. The housekeeper calls it. */
    public void sweep() {
        outages.sweep();
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
            Transport transport = connect(endpoint, limit, progress);
            outages.over(endpoint);
            conclusive = true;
            return transport;
        } catch (DialException e) {
            if (patient || !limit.expired()) {
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

    /** The time is shared out evenly over the addresses still to be tried: a dead one cannot use up what a live one needs. */
    private Transport connect(Endpoint endpoint, Deadline limit, Progress progress)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<InetAddress> addresses;
        try {
            addresses = dns.resolve(endpoint.host(), limit);
        } catch (UnknownHostException | TimeoutException e) {
            throw new DialException(List.of(attempt(endpoint.host(), Phase.DNS, start, e)));
        }
        progress.enter(Phase.CONNECT, System.nanoTime());
        List<Attempt> failed = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            long now = System.nanoTime();
            long left = limit.nanoTime() - now;
            if (left <= 0) {
                break;
            }
            InetSocketAddress address = new InetSocketAddress(addresses.get(i), endpoint.port());
            try {
                return Transport.connect(
                        address, Deadline.at(now + left / (addresses.size() - i)), watchdog, transports);
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (CutException e) {
                if (e.reason() == CutException.Reason.CLIENT_CLOSED) {
                    throw e;
                }
                failed.add(attempt(Transport.inWords(address), Phase.CONNECT, now, e));
            } catch (IOException e) {
                failed.add(attempt(Transport.inWords(address), Phase.CONNECT, now, e));
            }
        }
        throw new DialException(failed);
    }

    /** Cuts every transport, connected or not, and each that is made from now on; whoever waits for one is told. Idempotent. */
    @Override
    public void close() {
        transports.close();
    }

    private static Attempt attempt(String target, Phase phase, long start, Exception cause) {
        return new Attempt(target, phase, Duration.ofNanos(System.nanoTime() - start), cause);
    }
}
