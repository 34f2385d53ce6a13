package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Bulk;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Fanout;
import plainweave.Lease;
import plainweave.Outcome;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.Remote;
import plainweave.Replies;
import plainweave.TlsOptions;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Limit;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.docs.Chunks.Chunk;
import plainweave.docs.Chunks.Get;
import plainweave.examples.AtRest;
import plainweave.observe.micrometer.MicrometerObserver;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.TestCertificate;

/** What README.md shows. Where an address there is a real one, the code is compiled only; the guide's is run. */
class ReadmeTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    static void call() {
        // region call
        try (Client client = Client.create()) {
            Remote<String, String> echo = client.remote(Endpoint.of("localhost", 7), Codecs.lines());
            System.out.println(echo.call("hello"));
        }
        // endregion
    }

    @Test
    void aRemoteIsMadeIntoAnother() {
        try (Client client = Client.create()) {
            Remote<String, String> echo = client.remote(Endpoint.of("localhost", 7), Codecs.lines());
            // region with
            Remote<String, String> urgent = echo.with(Priority.URGENT).within(Duration.ofMillis(250));
            Remote<String, String> elsewhere = urgent.at(Endpoint.parse("[::1]:7"));
            // endregion

            assertThat(elsewhere.endpoint()).isEqualTo(Endpoint.of("::1", 7));
            assertThat(elsewhere.priority()).isEqualTo(Priority.URGENT);
        }
    }

    @Test
    void aLeaseIsForOnesOwnBlockingCode() throws IOException {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            byte[] request = new byte[64];
            // region lease
            try (Lease lease = client.lease(endpoint)) {
                lease.output().write(request);
                byte[] head = lease.input().readNBytes(64);
                lease.keep(); // a clean end: the connection may serve somebody else; without it, it is closed
                // endregion
                assertThat(head).isEqualTo(request);
                // region lease
            }
            // endregion
            assertThat(client.stats().connectionsIdle()).isOne();
        }
    }

    @Test
    void otherClientsHaveOurSockets() throws IOException {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            String host = server.host();
            int port = server.port();
            // region sockets
            SocketFactory sockets = client.socketFactory(); // pgjdbc and Jedis: by a small class
            try (Socket socket = sockets.createSocket(host, port)) {
                socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
                // endregion
                assertThat(socket.getInputStream().readNBytes(6))
                        .isEqualTo("hello\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(client.stats().sockets()).isOne();
                // region sockets
            }
            // endregion
        }
    }

    @Test
    void repliesAreStreamed() throws IOException {
        try (FaultServer server = FaultServer.start(StreamsTest.FILES);
                Client client = Client.create();
                ByteArrayOutputStream disk = new ByteArrayOutputStream()) {
            Remote<Get, Chunk> files = client.remote(Endpoint.of(server.host(), server.port()), new Chunks());
            // region stream
            try (Replies<Chunk> chunks = files.stream(new Get("/big.iso"))) {
                for (Chunk chunk : chunks) { // one reply in memory; who does not read makes the peer wait
                    disk.write(chunk.bytes());
                }
            } // left early, the connection is dropped; the permit is back either way
            // endregion

            assertThat(disk.size()).isEqualTo(6);
        }
    }

    private final List<String> merged = new ArrayList<>();
    private final List<Phase> logged = new ArrayList<>();

    private void merge(String page) {
        merged.add(page);
    }

    private void log(Phase phase, Endpoint endpoint) {
        assertThat(endpoint).isNotNull();
        logged.add(phase);
    }

    @Test
    void shardsAreAskedAtOnce() {
        try (EchoServer server = EchoServer.start();
                FaultServer gone =
                        FaultServer.start(FaultServer.script().readLine().reset());
                Client client = Client.create()) {
            Endpoint first = Endpoint.of(server.host(), server.port());
            List<Endpoint> shards = List.of(first, Endpoint.of(gone.host(), gone.port()));
            Codec<String, String> codec = Codecs.lines();
            String query = "hello";
            // region fanout
            Remote<String, String> search = client.remote(first, codec).with(Priority.URGENT);
            try (Fanout<String> fan = client.fanout(Duration.ofMillis(800))) {
                for (Endpoint shard : shards) {
                    fan.add(search.at(shard), query);
                }
                for (Outcome<String> outcome : fan.join()) { // in the order of add
                    switch (outcome) {
                        case Done<String>(String page) -> merge(page);
                        case Failed<String>(CallException e) -> log(e.phase(), e.endpoint());
                    }
                }
            }
            // endregion

            assertThat(merged).containsExactly("hello");
            assertThat(logged).containsExactly(Phase.READ);
        }
    }

    private final List<String> stored = new ArrayList<>();

    private void store(String request, Outcome<String> outcome) {
        assertThat(outcome).isInstanceOf(Done.class);
        stored.add(request);
    }

    @Test
    void manyItemsAreCalledFor() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Remote<String, String> echo = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            List<String> lines = List.of("one", "two");
            // region bulk
            try (Bulk<String, String> bulk =
                    echo.with(Priority.BACKGROUND).bulk(64).over(lines)) {
                for (Bulk.Item<String, String> item : bulk) {
                    store(item.request(), item.outcome());
                }
            }
            // endregion

            assertThat(stored).containsExactlyInAnyOrderElementsOf(lines);
        }
    }

    @Test
    void overloadIsHeldOff() {
        // region overload
        ClientOptions options = ClientOptions.builder()
                .reserve(Priority.URGENT, 4) // the last 4 permits of each endpoint are for URGENT and above
                .refuseHopeless(true) // refuse at once whose deadline would pass before its turn
                .limit(Limit::aimd) // permits adapt to how fast the peer serves, up to permitsPerEndpoint
                .build();
        // endregion

        assertThat(options.refuseHopeless()).isTrue();
    }

    // region codec
    final class Numbers implements Codec<Integer, Integer> {
        @Override
        public void write(Integer request, ByteWriter out) throws IOException {
            out.writeInt(request);
        }

        @Override
        public Integer read(Integer request, ByteReader in) throws IOException {
            return in.readInt();
        }
    }
    // endregion

    @Test
    void aProtocolIsOneClass() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            assertThat(client.remote(Endpoint.of(server.host(), server.port()), new Numbers())
                            .call(7))
                    .isEqualTo(7);
        }
    }

    @Test
    void callersShareAConnection() {
        // region shared
        ClientOptions options = ClientOptions.builder()
                .pipelineDepth(1_000) // exchanges in flight on a connection; also permitsPerEndpoint, unless said
                .sharedConnections(2)
                .maxFrame(64 * 1024) // a permit may hold two frames: memory is counted, and bounded by maxMemory
                .build();

        final class Words implements Codec<String, String> {
            @Override
            public boolean pipelines() {
                return true;
            }
            // write and read as ever
            // endregion

            private final Codec<String, String> lines = Codecs.lines();

            @Override
            public void write(String request, ByteWriter out) throws IOException {
                lines.write(request, out);
            }

            @Override
            public String read(String request, ByteReader in) throws IOException {
                return lines.read(request, in);
            }
            // region shared
        }
        // endregion

        try (EchoServer server = EchoServer.start();
                Client client = Client.create(options)) {
            assertThat(client.remote(Endpoint.of(server.host(), server.port()), new Words())
                            .call("hello"))
                    .isEqualTo("hello");
        }
    }

    /** Certificates that come and go. */
    record Keys(SSLContext current) {}

    @Test
    void connectionsAreSecured() {
        Keys keys = new Keys(TestCertificate.of("search.example").client());
        Codec<String, String> codec = Codecs.lines();
        // region tls
        ClientOptions options = ClientOptions.builder()
                .tls(TlsOptions.defaults().context(keys::current).applicationProtocols("h2"))
                .build();
        // endregion
        Client client = Client.create(options);
        // region tls
        Remote<String, String> search = client.remote(Endpoint.tls("search.example", 443), codec);
        // endregion
        client.close();

        assertThat(search.endpoint().isTls()).isTrue();
    }

    @Test
    void metersAreRegistered() {
        MeterRegistry registry = new SimpleMeterRegistry();
        // region meters
        Client client = Client.create(ClientOptions.builder()
                .observer(new MicrometerObserver(registry))
                .build());
        // endregion
        client.close();

        assertThat(registry.getMeters()).isNotEmpty();
    }

    /** The pattern of the message that README shows: what a caller reads who waited in vain. */
    @Test
    void aMessageReadsAsShown() throws Exception {
        ClientOptions one = ClientOptions.builder().permitsPerEndpoint(1).build();
        try (EchoServer server = EchoServer.start();
                Client client = Client.create(one)) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Remote<String, String> echo =
                    client.remote(endpoint, Codecs.lines()).within(Duration.ofMillis(50));
            String shown = Repository.page("README.md").blocks().stream()
                    .map(block -> String.join("\n", block.code()))
                    .filter(text -> text.contains("too slow"))
                    .findFirst()
                    .orElseThrow();
            try (Lease lease = client.lease(endpoint)) {
                lease.output().write("\n".getBytes(StandardCharsets.UTF_8));

                assertThatThrownBy(() -> echo.call("hello"))
                        .isInstanceOfSatisfying(
                                DeadlineExceededException.class,
                                e -> assertThat(shape(e.getMessage().replaceAll("; this thread itself[^\\[]*", " ")))
                                        .isEqualTo(shape(shown)));
            }
        }
    }

    /** A message without its endpoint and figures. */
    private static String shape(String message) {
        return message.replaceFirst("^\\S+ ", "")
                .replaceAll("[0-9.]+ ?(ns|µs|ms|s|MiB)?\\b", "n")
                .replaceAll("\\s+", " ");
    }
}
