package plainweave.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import plainweave.call.Attempt;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.dns.DnsCache;
import plainweave.time.Watchdog;

/** Opens transports: looks the host up, then tries its addresses in order. Safe from any thread. */
public final class Dialer {
    private final DnsCache dns;
    private final Watchdog watchdog;

    /** A dialer. */
    public Dialer(DnsCache dns, Watchdog watchdog) {
        this.dns = dns;
        this.watchdog = watchdog;
    }

    /**
     * A connected transport, disarmed. The time is shared out evenly over the addresses still to be tried, so that a dead one
     * cannot use up what a live one needs.
     *
     * @throws DialException if no address could be reached within the limit; lists every try
     * @throws ClosedByInterruptException if the caller is or gets interrupted while connecting; its flag is set
     * @throws InterruptedException if it is or gets interrupted while looking up; its flag is cleared
     */
    public Transport dial(Endpoint endpoint, Deadline limit, Progress progress) throws IOException, InterruptedException {
        long start = System.nanoTime();
        progress.enter(Phase.DNS, start);
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
                return Transport.connect(address, Deadline.at(now + left / (addresses.size() - i)), watchdog);
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                String target = address.getAddress().getHostAddress() + ":" + address.getPort();
                failed.add(attempt(target, Phase.CONNECT, now, e));
            }
        }
        throw new DialException(failed);
    }

    private static Attempt attempt(String target, Phase phase, long start, Exception cause) {
        return new Attempt(target, phase, Duration.ofNanos(System.nanoTime() - start), cause);
    }
}
