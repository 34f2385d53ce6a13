package plainweave.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import plainweave.call.Deadline;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codecs;
import plainweave.dns.DnsCache;
import plainweave.net.DialException;
import plainweave.observe.Observer;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.time.Watchdog;

class EndpointMemoryTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Watchdog watchdog = new Watchdog("pool-test-watchdog");
    private final DnsCache dns = new DnsCache(
            new DnsCache.Settings(LONG, LONG), Dns.fixed(Map.of()), watchdog, System::nanoTime, answer -> {});
    private final PrioritySemaphore semaphore =
            new PrioritySemaphore(new PrioritySemaphore.Settings(4, 4, 4, 4), watchdog);
    private final ConnectionPool pool = new ConnectionPool(
            new ConnectionPool.Settings(LONG, LONG, LONG, 10, 1_000),
            PlainDialer.of(dns, watchdog, System::nanoTime, () -> 0),
            watchdog,
            new Observer() {},
            System::nanoTime,
            () -> 0);

    @AfterEach
    void nothingIsLeft() {
        pool.close();
        dns.close();
        semaphore.close();
        assertThat(watchdog.timers()).isZero();
        watchdog.close();
    }

    private void use(Endpoint endpoint, boolean keep) throws Exception {
        Route route = new Route(endpoint, "session");
        Deadline deadline = Deadline.after(LONG);
        try (Permit permit = semaphore.acquire(route, Priority.NORMAL, false, deadline);
                Held held = pool.take(permit, route, Codecs.lines(), deadline, new Progress(System.nanoTime()))) {
            if (keep) {
                held.keep();
            }
        }
    }

    @Test
    void whatIsKeptForAnEndpointGoesWithItsLastConnection() throws Exception {
        try (EchoServer one = EchoServer.start();
                EchoServer two = EchoServer.start();
                DeadPort dead = FaultServer.refusing()) {
            Endpoint first = Endpoint.of(one.host(), one.port());
            Endpoint second = Endpoint.of(two.host(), two.port());
            use(first, true);
            use(second, true);
            assertThat(pool.endpoints()).isEqualTo(2);
            pool.evict(first);
            assertThat(pool.endpoints()).isEqualTo(1);
            use(second, false);
            assertThat(pool.endpoints()).isZero();
            assertThatThrownBy(() -> use(Endpoint.of(dead.host(), dead.port()), true))
                    .isInstanceOf(DialException.class);
            assertThat(pool.endpoints()).isZero();
            assertThat(semaphore.counts().endpoints()).isZero();
        }
    }
}
