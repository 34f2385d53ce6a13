package plainweave.pool;

import java.time.Duration;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import plainweave.dns.DnsCache;
import plainweave.net.Dialer;
import plainweave.net.SocketSettings;
import plainweave.net.Tls;
import plainweave.observe.Observer;
import plainweave.time.Watchdog;

/** Dialers for tests of the pool, where TLS is not spoken. */
final class PlainDialer {
    private PlainDialer() {}

    static Dialer of(DnsCache dns, Watchdog watchdog, LongSupplier nanoTime, DoubleSupplier random) {
        Tls none = new Tls(
                new Tls.Settings(
                        () -> {
                            throw new AssertionError("TLS is not spoken here");
                        },
                        Tls.PROTOCOLS,
                        List.of(),
                        false),
                new Observer() {});
        return new Dialer(dns, new SocketSettings(Duration.ZERO, null), none, watchdog, nanoTime, random);
    }
}
