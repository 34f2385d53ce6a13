package plainweave.benchmarks.parts;

import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.codec.Codecs;
import plainweave.observe.jfr.Events;
import plainweave.testing.EchoServer;

/** What the events of a flight recording cost: with nobody recording, after a recording, and during one that all exchanges are too fast for. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Recordings {
    private final Endpoint endpoint = Endpoint.of("localhost", 7);
    private final EchoServer server = EchoServer.start();
    private final Client client = Client.create();
    private final Remote<String, String> echo =
            client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
    private @Nullable Recording recording;

    /** Whether somebody records. */
    @Param({"never", "before", "now"})
    public String recorded = "never";

    /** Starts the recording, and ends it. */
    @Setup
    public void record() {
        if (recorded.equals("never")) {
            return; // not even made, for that starts the recorder
        }
        Recording begun = new Recording();
        begun.start();
        Events.exchange();
        if (recorded.equals("before")) {
            begun.stop();
        }
        recording = begun;
    }

    /** Once per exchange. */
    @Benchmark
    public Progress event() {
        Progress progress = new Progress(0, Events.exchange());
        progress.over(endpoint, Priority.NORMAL, null);
        return progress;
    }

    /** For comparison. */
    @Benchmark
    public Progress noEvent() {
        return new Progress(0);
    }

    /** The whole. */
    @Benchmark
    public String exchange() {
        return echo.call("x");
    }

    /** Ends it all. */
    @TearDown
    public void close() {
        if (recording != null) {
            recording.close();
        }
        client.close();
        server.close();
    }
}
