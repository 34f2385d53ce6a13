package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Bulk;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Lease;
import plainweave.Outcome.Done;
import plainweave.Remote;
import plainweave.Replies;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class StreamsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final byte[] CHUNK = {0, 0, 0, 2, 7, 8};
    private static final byte[] END = {0, 0, 0, 0};

    /** Three chunks and the end, for each request. */
    static final Script FILES = FaultServer.script()
            .readLine()
            .reply(CHUNK)
            .reply(CHUNK)
            .reply(CHUNK)
            .reply(END)
            .repeat();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void chunksAreHandedOutOneByOne() throws IOException {
        try (FaultServer server = FaultServer.start(FILES);
                Client client = Client.create();
                ByteArrayOutputStream disk = new ByteArrayOutputStream()) {
            Remote<Chunks.Get, Chunks.Chunk> files =
                    client.remote(Endpoint.of(server.host(), server.port()), new Chunks());
            // region download
            try (Replies<Chunks.Chunk> chunks = files.stream(new Chunks.Get("big.iso"))) {
                for (Chunks.Chunk chunk : chunks) {
                    disk.write(chunk.bytes()); // who does not ask for the next makes the peer wait
                }
            }
            // endregion

            assertThat(disk.toByteArray()).containsExactly(7, 8, 7, 8, 7, 8);
            assertThat(client.stats().connectionsIdle()).isOne();
        }
    }

    @Test
    void aStreamMayBeLeftEarly() throws InterruptedException {
        try (FaultServer server = FaultServer.start(FILES);
                Client client = Client.create()) {
            Remote<Chunks.Get, Chunks.Chunk> files =
                    client.remote(Endpoint.of(server.host(), server.port()), new Chunks());
            // region early
            byte[] head;
            try (Replies<Chunks.Chunk> chunks = files.stream(new Chunks.Get("big.iso"))) {
                head = chunks.iterator().next().bytes();
            } // connection dropped, permit back at once
            // endregion

            assertThat(head).containsExactly(7, 8);
            assertThat(client.stats().permitsOut()).isZero();
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    // region upload
    /** Sends what a stream gives, piece by piece; the peer answers with a line. */
    record Upload() implements Codec<InputStream, String> {
        @Override
        public void write(InputStream content, ByteWriter out) throws IOException {
            byte[] piece = new byte[64 * 1024];
            for (int n = content.read(piece); n > 0; n = content.read(piece)) {
                out.startFrame(); // maxFrame is for each piece
                out.writeInt(n);
                out.write(piece, 0, n);
            }
            out.writeInt(0);
        }

        @Override
        public String read(InputStream content, ByteReader in) throws IOException {
            return in.readLine(StandardCharsets.UTF_8);
        }
    }
    // endregion

    @Test
    void aRequestIsAsLongAsItLikes() throws IOException {
        int size = 5 * 64 * 1024;
        try (FaultServer server = FaultServer.start(FaultServer.script()
                        .readExactly(size + 6 * Integer.BYTES)
                        .reply("stored\n")
                        .stall());
                Client client = Client.create();
                InputStream content = new ByteArrayInputStream(new byte[size])) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            // region send
            String answer;
            try (Replies<String> answers = client.remote(endpoint, new Upload()).stream(content)) {
                answer = answers.iterator().next();
            }
            // endregion

            assertThat(answer).isEqualTo("stored");
        }
    }

    @Test
    void manyItemsAreCalledSoManyAtATime() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            Stream<String> lines = IntStream.range(0, 500).mapToObj(i -> "line " + i);
            List<String> stored = new ArrayList<>();
            // region bulk
            try (Bulk<String, String> bulk =
                    remote.with(Priority.BACKGROUND).bulk(16).inOrder().over(lines)) {
                for (Bulk.Item<String, String> item : bulk) {
                    if (item.outcome() instanceof Done<String>(String reply)) {
                        stored.add(reply);
                    }
                }
            }
            // endregion

            assertThat(stored).hasSize(500).startsWith("line 0").endsWith("line 499");
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
                OutputStream out = lease.output();
                out.write(request);
                byte[] head = lease.input().readNBytes(64);
                lease.keep(); // a clean end: the connection may serve somebody else
                // endregion
                assertThat(head).isEqualTo(request);
                // region lease
            }
            // endregion
            assertThat(client.stats().connectionsIdle()).isOne();
        }
    }

    @Test
    void theMemoryBoundIsArithmetic() {
        // region memory
        ClientOptions options = ClientOptions.builder()
                .permitsPerEndpoint(64)
                .permitsTotal(128)
                .maxFrame(64 * 1024)
                .maxIdle(128)
                .build();
        long most = options.memoryBound(); // 128 x (64 KiB + 80 KiB) + 128 x 2 KiB + 2 MiB: 20.25 MiB
        // endregion

        assertThat(most).isEqualTo((long) (20.25 * (1 << 20)));
    }
}
