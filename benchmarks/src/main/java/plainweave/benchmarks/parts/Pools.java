package plainweave.benchmarks.parts;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import plainweave.call.Deadline;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.dns.DnsCache;
import plainweave.net.Dialer;
import plainweave.net.SocketSettings;
import plainweave.net.Tls;
import plainweave.observe.Observer;
import plainweave.pool.ConnectionPool;
import plainweave.pool.Held;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.testing.EchoServer;
import plainweave.time.Watchdog;

/** A connection taken from the pool and kept there, with the permit that it takes: {@link Permits} has that one's share. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Pools {
    private static final Duration LONG = Duration.ofDays(1);
    private static final int MAX_FRAME = 64 * 1024;
    private static final int PERMITS = 64;
    private static final Observer NOBODY = new Observer() {};

    private final EchoServer server = EchoServer.start();
    private final Watchdog watchdog = new Watchdog("watchdog");
    private final DnsCache dns =
            new DnsCache(new DnsCache.Settings(LONG, LONG), Dns.system(), watchdog, System::nanoTime, answer -> {});
    private final Tls noTls = new Tls(
            new Tls.Settings(
                    () -> {
                        throw new IllegalStateException("TLS is not spoken here");
                    },
                    Tls.PROTOCOLS,
                    List.of(),
                    false),
            NOBODY);
    private final Dialer dialer =
            new Dialer(dns, new SocketSettings(Duration.ZERO, null), noTls, watchdog, System::nanoTime, Math::random);
    private final ConnectionPool pool = new ConnectionPool(
            new ConnectionPool.Settings(LONG, LONG, LONG, PERMITS, MAX_FRAME),
            dialer,
            watchdog,
            NOBODY,
            System::nanoTime,
            Math::random);
    private final PrioritySemaphore semaphore =
            new PrioritySemaphore(new PrioritySemaphore.Settings(PERMITS, PERMITS, 0, 0), watchdog);
    private final Codec<String, String> lines = Codecs.lines();
    private final Route route = new Route(Endpoint.of("127.0.0.1", server.port()), "");
    private final Deadline deadline = Deadline.after(LONG);

    /** From then on there is one. */
    @Setup
    public void open() throws Exception {
        takeAndKeep();
    }

    /** Nobody waits, so it rests in front of the store; taken again at once, it is not probed. */
    @Benchmark
    public void takeAndKeep() throws Exception {
        try (Permit permit = semaphore.acquire(route, Priority.NORMAL, false, deadline);
                Held held = pool.take(permit, route, lines, deadline, new Progress(0))) {
            held.keep();
        }
    }

    /** Ends threads and sockets. */
    @TearDown
    public void close() {
        pool.close();
        semaphore.close();
        dns.close();
        watchdog.close();
        server.close();
    }
}
