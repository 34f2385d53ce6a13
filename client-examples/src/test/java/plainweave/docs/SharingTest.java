package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.CorrelatedCodec;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;

class SharingTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    // region options
    private static final ClientOptions SHARED = ClientOptions.builder()
            .pipelineDepth(500) // exchanges in flight on a connection
            .sharedConnections(2) // so permitsPerEndpoint is 1,000
            .maxFrame(16 * 1024) // a permit may hold two frames
            .build();
    // endregion

    // region words
    /** Lines of a server that answers in order. */
    static final class Words implements Codec<String, String> {
        private static final Codec<String, String> LINES = Codecs.lines();

        @Override
        public boolean pipelines() {
            return true; // a second request may be written before this reply is read
        }

        @Override
        public void write(String request, ByteWriter out) throws IOException {
            LINES.write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return LINES.read(request, in);
        }
    }
    // endregion

    // region tagged
    /** Length, id, bytes: the server may answer in any order. */
    static final class Tagged implements CorrelatedCodec<byte[], byte[]> {
        @Override
        public void write(byte[] request, long id, ByteWriter out) throws IOException {
            out.writeInt(request.length);
            out.writeInt((int) id);
            out.write(request);
        }

        @Override
        public Head readHead(ByteReader in) throws IOException {
            long length = in.readUnsignedInt();
            return new Head(in.readUnsignedInt(), length);
        }

        @Override
        public byte[] read(byte[] request, Head head, ByteReader in) throws IOException {
            return in.readBytes(head.rest());
        }
    }
    // endregion

    @Test
    void callersShareTwoConnections() throws Exception {
        assertThat(SHARED.permitsPerEndpoint()).isEqualTo(1_000);
        try (EchoServer server = EchoServer.start();
                Client client = Client.create(SHARED)) {
            Remote<String, String> words = client.remote(Endpoint.of(server.host(), server.port()), new Words());
            List<Future<String>> replies = new ArrayList<>();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 1_000; i++) {
                    String request = "request " + i;
                    replies.add(callers.submit(() -> words.call(request)));
                }
            }
            for (int i = 0; i < replies.size(); i++) {
                assertThat(replies.get(i).get()).isEqualTo("request " + i);
            }
            assertThat(server.connections()).isBetween(1, 2);
        }
    }

    @Test
    void repliesFindTheirCallersById() throws Exception {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create(SHARED)) {
            Remote<byte[], byte[]> tagged = client.remote(Endpoint.of(server.host(), server.port()), new Tagged());
            List<Future<byte[]>> replies = new ArrayList<>();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 300; i++) {
                    byte[] request = ByteBuffer.allocate(4).putInt(i).array();
                    replies.add(callers.submit(() -> tagged.call(request)));
                }
            }
            for (int i = 0; i < replies.size(); i++) {
                assertThat(ByteBuffer.wrap(replies.get(i).get()).getInt()).isEqualTo(i);
            }
        }
    }
}
