package plainweave.benchmarks.parts;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.time.Watchdog;

/** A permit that is free, taken and given back; and a deadline, armed and disarmed. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Permits {
    private final Watchdog watchdog = new Watchdog("watchdog");
    private final PrioritySemaphore semaphore =
            new PrioritySemaphore(new PrioritySemaphore.Settings(64, 64, 1_024, 1_024), watchdog);
    private final Route route = new Route(Endpoint.of("localhost", 7), "");
    private final Deadline deadline = Deadline.after(Duration.ofDays(1));
    private final Semaphore jdk = new Semaphore(64, true);
    private final Watchdog.Timer timer = watchdog.timer(() -> {});

    /** Nobody waits. */
    @Benchmark
    public void acquireAndRelease() throws Exception {
        try (Permit permit = semaphore.acquire(route, Priority.NORMAL, false, deadline)) {
            permit.takeSlot();
        }
    }

    /** The yardstick. */
    @Benchmark
    public void acquireAndReleaseOfTheJdk() throws Exception {
        jdk.acquire();
        jdk.release();
    }

    /** Once per exchange. */
    @Benchmark
    public boolean armAndDisarm() {
        return timer.arm(deadline.nanoTime()) && timer.disarm(deadline.nanoTime());
    }

    /** Ends the thread. */
    @TearDown
    public void close() {
        timer.close();
        semaphore.close();
        watchdog.close();
    }
}
