package plainweave.examples.support;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import plainweave.call.Endpoint;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.testing.TestCertificate;

/**
 * A server of lines on a free port of the loopback address that shows a certificate and asks its clients for theirs; both are replaced
 * while it runs. What each connection began with stays with it.
 */
public final class RotatingServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FaultServer server = FaultServer.start(FaultServer.script());
    private final List<LongAdder> served = new CopyOnWriteArrayList<>();
    private volatile SSLContext keys = next();

    /** Where it is. */
    public Endpoint endpoint() {
        return Endpoint.tls(server.host(), server.port());
    }

    /** Who a client is now, and whom it trusts. */
    public SSLContext keys() {
        return keys;
    }

    /** Makes new certificates, which takes about a second, and goes over to them. */
    public void rotate() {
        keys = next();
    }

    private SSLContext next() {
        SSLContext next = TestCertificate.of(server.host()).both();
        LongAdder lines = new LongAdder();
        Script echo = FaultServer.script().readLine().replyWith(line -> {
            lines.increment();
            return ByteBuffer.allocate(line.length + 1)
                    .put(line)
                    .put((byte) '\n')
                    .array();
        });
        served.add(lines);
        server.play(FaultServer.script()
                .startTls(next, socket -> socket.setNeedClientAuth(true))
                .run(echo.repeat()));
        return next;
    }

    /** Waits until so many more connections have come. */
    public void awaitConnections(int more) {
        try {
            server.awaitConnections(server.connections() + more, PATIENCE);
        } catch (InterruptedException e) {
            throw new Complaint("interrupted while connections were awaited");
        }
    }

    /** How many lines were answered on connections of each certificate. */
    public Table table() {
        Table table = new Table("lr").head("certificate", "calls");
        IntStream.range(0, served.size()).forEach(i -> table.row("no. " + (i + 1), served.get(i)));
        return table;
    }

    @Override
    public void close() {
        server.close();
    }
}
