package plainweave.examples.support;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Servers that fail each call, each in its own way, on free ports of the loopback address. */
public final class Faults implements AutoCloseable {
    private static final Codec<byte[], byte[]> CODEC = Codecs.lengthPrefixed(4, ByteOrder.BIG_ENDIAN);
    private static final Script ASKED = FaultServer.script().readExactly(4 + 8);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, FaultServer> servers = new LinkedHashMap<>();
    private final DeadPort dead = FaultServer.refusing();

    private Faults() {}

    /** Starts them. */
    public static Faults start() {
        Quiet.begin();
        Faults faults = new Faults();
        faults.servers.put("reset", FaultServer.start(ASKED.reset()));
        faults.servers.put("hung up", FaultServer.start(FaultServer.script().close()));
        faults.servers.put("cut off", FaultServer.start(ASKED.cutAfter(2).garbage(64)));
        faults.servers.put("garbage", FaultServer.start(ASKED.garbage(64)));
        faults.servers.put("silence", FaultServer.start(ASKED.stall()));
        return faults;
    }

    /** A request of theirs. */
    public byte[] request() {
        return new byte[8];
    }

    /** What they do. */
    public List<String> kinds() {
        return Stream.concat(servers.keySet().stream(), Stream.of("refused")).toList();
    }

    /** All of them, in the same order. */
    public List<Remote<byte[], byte[]>> remotes(Client client) {
        Endpoint refused = Endpoint.of(dead.host(), dead.port());
        return Stream.concat(
                        servers.values().stream().map(server -> Endpoint.of(server.host(), server.port())),
                        Stream.of(refused))
                .map(endpoint -> client.remote(endpoint, CODEC))
                .toList();
    }

    /** Waits until they have closed their sides of all connections, whose descriptors are of this process too. */
    public void settle() {
        try {
            for (FaultServer server : servers.values()) {
                awaitTurn(server);
                server.awaitOpen(0, PATIENCE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a server is gone", e);
        } catch (InterruptedException e) {
            throw new Complaint("interrupted while connections were closing");
        }
    }

    /** One more connection, which the server accepts after all that clients have given up while they were in its backlog. */
    private static void awaitTurn(FaultServer server) throws IOException {
        try (Socket last = new Socket(server.host(), server.port())) {
            last.setSoTimeout((int) PATIENCE.toMillis());
            last.shutdownOutput();
            last.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (SocketException reset) {
            // an end, too
        }
    }

    @Override
    public void close() {
        servers.values().forEach(FaultServer::close);
        dead.close();
    }
}
