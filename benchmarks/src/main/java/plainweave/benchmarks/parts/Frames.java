package plainweave.benchmarks.parts;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;

/** A line of 64 bytes to and from bytes, with a reader and a writer of its own as each exchange has them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Frames {
    private static final int MAX_FRAME = 1024 * 1024;

    private final Codec<String, String> lines = Codecs.lines();
    private final String line = "x".repeat(63);
    private final byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);

    /** To a stream that takes everything. */
    @Benchmark
    public long write() throws IOException {
        ByteWriter out = ByteWriter.over(OutputStream.nullOutputStream(), MAX_FRAME);
        lines.write(line, out);
        out.flush();
        return out.flushed();
    }

    /** From a stream that has it all. */
    @Benchmark
    public String read() throws IOException {
        return lines.read(line, ByteReader.over(new ByteArrayInputStream(bytes), MAX_FRAME));
    }
}
