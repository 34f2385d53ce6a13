package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.CodecKit;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

class CodecsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void theCommonFramesAreThere() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            byte[] request = {1, 2, 3};
            // region frames
            Remote<byte[], byte[]> frames = client.remote(endpoint, Codecs.lengthPrefixed(4, ByteOrder.BIG_ENDIAN));
            byte[] reply = frames.call(request);
            // endregion

            assertThat(reply).isEqualTo(request);
        }
    }

    @Test
    void aCodecOfOnesOwnIsCalled() {
        byte[] value = {1, 0, 0, 0, 2, 7, 8};
        try (FaultServer server = FaultServer.start(FaultServer.script()
                        .readExactly(5)
                        .reply(value)
                        .readExactly(5)
                        .reply(new byte[] {0}));
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            // region call
            Remote<String, Optional<byte[]>> values = client.remote(endpoint, new KeyValues());
            Optional<byte[]> found = values.call("key");
            // endregion

            assertThat(found).hasValueSatisfying(bytes -> assertThat(bytes).containsExactly(7, 8));
            assertThat(values.call("not")).isEmpty();
        }
    }

    // region kit
    private static final int LIMIT = 20_000;

    @TestFactory
    Stream<DynamicTest> itsRepliesWithstandWhatANetworkDoesToThem() {
        KeyValues codec = new KeyValues();
        return CodecKit.<Optional<byte[]>>buffered(
                        (value, out) -> { // as the server writes it
                            ByteWriter writer = ByteWriter.over(out, LIMIT);
                            writer.writeByte(value.isPresent() ? 1 : 0);
                            if (value.isPresent()) {
                                writer.writeInt(value.get().length);
                                writer.write(value.get());
                            }
                            writer.flush();
                        },
                        in -> { // as the library reads it, which closes the connection once the codec has thrown
                            ByteReader reader = ByteReader.over(in, LIMIT);
                            AtomicBoolean closed = new AtomicBoolean();
                            return () -> {
                                if (closed.getAndSet(true)) {
                                    throw new EOFException("closed");
                                }
                                reader.startFrame();
                                Optional<byte[]> reply = codec.read("key", reader);
                                closed.set(false);
                                return reply;
                            };
                        })
                .samples(Optional.empty(), Optional.of(new byte[0]), Optional.of(new byte[300]))
                .comparing((a, b) -> Arrays.equals(a.orElse(null), b.orElse(null)))
                .hostile(LIMIT, new byte[] {1, -1, -1, -1, -1}, new byte[] {7}) // to be refused with an IOException
                .dynamicTests();
    }
    // endregion

    @Test
    void aLoginIsMadeOncePerConnection() throws InterruptedException {
        try (FaultServer server = FaultServer.start(FaultServer.script()
                        .readUntil("LOGIN ann secret\n")
                        .reply("OK\n")
                        .run(FaultServer.script().readLine().reply("hits\n").repeat(2)));
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            // region login
            Remote<String, String> search = client.remote(endpoint, new LoginLines("ann", "secret"));
            String first = search.call("one"); // logs in
            String second = search.call("two"); // does not
            // endregion

            assertThat(first + second).isEqualTo("hitshits");
            assertThat(server.connections()).isOne();
        }
    }

    @Test
    void aRefusedLoginIsAnUnreachablePeer() throws IOException {
        try (FaultServer server = FaultServer.start(
                        FaultServer.script().readLine().reply("NO\n").stall());
                Client client = Client.create()) {
            Remote<String, String> search =
                    client.remote(Endpoint.of(server.host(), server.port()), new LoginLines("ann", "wrong"));

            assertThatThrownBy(() -> search.call("one")).isInstanceOfSatisfying(UnreachableException.class, e -> {
                assertThat(e.phase()).isEqualTo(Phase.OPEN);
                assertThat(e).hasMessageContaining("login of ann refused: NO").hasMessageNotContaining("wrong");
            });
        }
    }
}
