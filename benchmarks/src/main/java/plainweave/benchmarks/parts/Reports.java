package plainweave.benchmarks.parts;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.observe.ExchangeReport;
import plainweave.observe.micrometer.MicrometerObserver;

/** What a call's report costs: as an object, and as meters. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Reports {
    private final MicrometerObserver meters = new MicrometerObserver(new SimpleMeterRegistry());
    private final Endpoint endpoint = Endpoint.of("localhost", 7);
    private final Progress progress = progress();
    private final ExchangeReport ready = new ExchangeReport(endpoint, Priority.NORMAL, progress, null);

    private static Progress progress() {
        Progress progress = new Progress(0);
        progress.enter(Phase.WRITE, 1_000);
        progress.enter(Phase.READ, 10_000);
        progress.finish(50_000);
        return progress;
    }

    /** Once per call that somebody observes. */
    @Benchmark
    public ExchangeReport report() {
        return new ExchangeReport(endpoint, Priority.NORMAL, progress, null);
    }

    /** Once per call where metrics are on. */
    @Benchmark
    public void toMeters() {
        meters.exchanged(ready);
    }

    /** Takes the meters away. */
    @TearDown
    public void close() {
        meters.close();
    }
}
