package plainweave.benchmarks.parts;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
import plainweave.dns.DnsCache;
import plainweave.time.Watchdog;

/** A name that is known, and an address that needs no lookup. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Names {
    private final Watchdog watchdog = new Watchdog("watchdog");
    private final Dns table = Dns.fixed(Map.of("db.example", List.of(InetAddress.getLoopbackAddress())));
    private final DnsCache cache = new DnsCache(
            new DnsCache.Settings(Duration.ofSeconds(30), Duration.ofSeconds(5)),
            table,
            watchdog,
            System::nanoTime,
            answer -> {});
    private final Deadline deadline = Deadline.after(Duration.ofDays(1));

    /** From then on it is known; it is renewed beside the measurement. */
    @Setup
    public void lookUp() throws Exception {
        cache.resolve("db.example", deadline);
    }

    /** Once per connect. */
    @Benchmark
    public List<InetAddress> cached() throws Exception {
        return cache.resolve("db.example", deadline);
    }

    /** For comparison. */
    @Benchmark
    public List<InetAddress> literal() throws Exception {
        return cache.resolve("127.0.0.1", deadline);
    }

    /** Ends the threads. */
    @TearDown
    public void close() {
        cache.close();
        watchdog.close();
    }
}
