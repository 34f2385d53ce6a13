package plainweave.examples.protocols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import plainweave.Client;
import plainweave.Remote;
import plainweave.Replies;
import plainweave.call.Endpoint;
import plainweave.codec.ByteWriter;
import plainweave.examples.protocols.FileReply.Chunk;
import plainweave.examples.protocols.FileReply.End;
import plainweave.examples.protocols.FileReply.Refusal;
import plainweave.examples.protocols.FileRequest.Download;
import plainweave.examples.protocols.FileRequest.Upload;
import plainweave.examples.support.AsTheLibrary;
import plainweave.testing.CodecKit;

class FileChunksTest {
    private static final int LIMIT = 70_000;
    private static final FileChunks CODEC = new FileChunks();
    private static final Download REQUEST = new Download("a file");

    @TestFactory
    Stream<DynamicTest> itsRepliesWithstandWhatANetworkDoesToThem() {
        return CodecKit.<FileReply>buffered(FileChunksTest::write, AsTheLibrary.reads(CODEC, REQUEST, LIMIT))
                .samples(
                        new Chunk(new byte[300]),
                        new Chunk(new byte[0]),
                        new End(1L << 40),
                        new Refusal("no such file"),
                        new Refusal(""))
                .comparing(FileChunksTest::same)
                .hostile(LIMIT, new byte[] {1, -1, -1, -1, -1}, new byte[] {0}, new byte[] {1, 0, 1, 17, 112})
                .dynamicTests();
    }

    private static void write(FileReply reply, java.io.OutputStream to) throws IOException {
        ByteWriter out = ByteWriter.over(to, LIMIT);
        write(reply, out);
        out.flush();
    }

    private static void write(FileReply reply, ByteWriter out) throws IOException {
        switch (reply) {
            case Chunk chunk -> {
                out.writeByte(1);
                out.writeInt(chunk.bytes().length);
                out.write(chunk.bytes());
            }
            case End end -> {
                out.writeByte(2);
                out.writeLong(end.bytes());
            }
            case Refusal refusal -> {
                byte[] why = refusal.why().getBytes(StandardCharsets.UTF_8);
                out.writeByte(3);
                out.writeShort(why.length);
                out.write(why);
            }
        }
    }

    private static boolean same(FileReply one, FileReply other) {
        return one instanceof Chunk a && other instanceof Chunk b
                ? Arrays.equals(a.bytes(), b.bytes())
                : one.equals(other);
    }

    @Test
    void whatIsUploadedComesBack() throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(1).nextBytes(content);
        try (FileServer server = FileServer.start();
                Client client = Client.create()) {
            Remote<FileRequest, FileReply> files = client.remote(Endpoint.of("127.0.0.1", server.port()), CODEC);
            try (Replies<FileReply> replies = files.stream(new Upload("noise", new ByteArrayInputStream(content)))) {
                assertThat(replies.iterator().next()).isEqualTo(new End(content.length));
            }
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            try (Replies<FileReply> replies = files.stream(new Download("noise"))) {
                for (FileReply reply : replies) {
                    if (reply instanceof Chunk chunk) {
                        back.write(chunk.bytes());
                    } else {
                        assertThat(reply).isEqualTo(new End(content.length));
                    }
                }
            }
            assertThat(back.toByteArray()).isEqualTo(content);
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
        }
    }

    /** Reads a few bytes at a time, and now and then none, though it is not at its end. */
    private static final class Hesitant extends ByteArrayInputStream {
        private final Random random = new Random(2);

        Hesitant(byte[] content) {
            super(content);
        }

        @Override
        public synchronized int read(byte[] into, int off, int len) {
            return random.nextInt(4) == 0 ? 0 : super.read(into, off, Math.min(len, 1 + random.nextInt(1_000)));
        }
    }

    @Test
    void anUploadWhoseSourceGivesLittleAndNowAndThenNothingIsComplete() throws Exception {
        byte[] content = new byte[200_000];
        new Random(1).nextBytes(content);
        try (FileServer server = FileServer.start();
                Client client = Client.create()) {
            Remote<FileRequest, FileReply> files = client.remote(Endpoint.of("127.0.0.1", server.port()), CODEC);
            try (Replies<FileReply> replies = files.stream(new Upload("noise", new Hesitant(content)))) {
                assertThat(replies.iterator().next()).isEqualTo(new End(content.length));
            }
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            try (Replies<FileReply> replies = files.stream(new Download("noise"))) {
                replies.forEach(reply -> back.writeBytes(reply instanceof Chunk chunk ? chunk.bytes() : new byte[0]));
            }
            assertThat(back.toByteArray()).isEqualTo(content);
            assertThat(client.stats().connectionsOpened()).isEqualTo(1);
        }
    }

    @Test
    void anUploadWhoseSourceNeverGivesMoreThanOneByteAtATimeEndsToo() throws IOException {
        byte[] content = "one by one".getBytes(StandardCharsets.UTF_8);
        InputStream single = new ByteArrayInputStream(content) {
            @Override
            public synchronized int read(byte[] into, int off, int len) {
                return 0;
            }
        };
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(sent, LIMIT);
        CODEC.write(new Upload("x", single), out);
        out.flush();
        assertThat(sent.size()).isEqualTo(1 + 2 + 1 + content.length * (4 + 1) + 4);
    }

    @Test
    void anUploadThatIsTooLongIsRefusedInTheMiddleAndAFileThatIsNotThereToo() throws Exception {
        try (FileServer server = FileServer.start();
                Client client = Client.create()) {
            Remote<FileRequest, FileReply> files = client.remote(Endpoint.of("127.0.0.1", server.port()), CODEC);
            InputStream endless = new InputStream() {
                @Override
                public int read() {
                    return 1;
                }

                @Override
                public int read(byte[] into, int off, int len) {
                    return len;
                }
            };
            try (Replies<FileReply> replies = files.stream(new Upload("endless", endless))) {
                assertThat(replies.iterator().next()).isEqualTo(new Refusal("more than " + FileServer.MOST + " bytes"));
                assertThat(replies.iterator().hasNext()).isFalse();
            }
            try (Replies<FileReply> replies = files.stream(new Download("endless"))) {
                assertThat(replies.iterator().next()).isEqualTo(new Refusal("there is no endless"));
            }
        }
    }

    @Test
    void aNameThatIsTooLongIsRefusedBeforeAnythingIsSent() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(sent, LIMIT);
        assertThatThrownBy(() -> CODEC.write(new Download("x".repeat(65_536)), out))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536");
    }
}
