package plainweave.benchmarks.parts;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.testing.EchoServer;

/** Sixty-four bytes there and back on a virtual thread: over a socket of a client's factory, and over the JDK's own. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = "-Djmh.executor=VIRTUAL")
public class Sockets {
    private final EchoServer server = EchoServer.start();
    private final Client client =
            Client.create(ClientOptions.builder().drain(Duration.ZERO).build());
    private final byte[] bytes = new byte[64];

    /** Whose socket it is. */
    @Param({"ours", "theirs"})
    private String whose = "";

    /** Milliseconds that a read may take; 0 for as long as it likes. */
    @Param({"0", "10000"})
    private int soTimeout;

    private Socket socket = new Socket();

    /** Connects. */
    @Setup
    public void open() throws IOException {
        socket = whose.equals("ours") ? client.socketFactory().createSocket() : socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(soTimeout);
        socket.connect(server.address());
    }

    /** One write, and reads until all is back. */
    @Benchmark
    public void thereAndBack() throws IOException {
        socket.getOutputStream().write(bytes);
        if (socket.getInputStream().readNBytes(bytes, 0, bytes.length) < bytes.length) {
            throw new IOException("it ended early");
        }
    }

    /** Ends threads and sockets. */
    @TearDown
    public void close() throws IOException {
        socket.close();
        client.close();
        server.close();
    }
}
