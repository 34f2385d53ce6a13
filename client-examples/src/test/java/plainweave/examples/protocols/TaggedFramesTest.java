package plainweave.examples.protocols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.examples.support.AsTheLibrary;
import plainweave.testing.CodecKit;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

class TaggedFramesTest {
    private static final int LIMIT = 20_000;
    private static final TaggedFrames CODEC = new TaggedFrames();
    private static final byte[] REQUEST = {};

    @TestFactory
    Stream<DynamicTest> theyWithstandWhatANetworkDoesToThem() {
        return CodecKit.<byte[]>buffered(AsTheLibrary.writes(CODEC, LIMIT), AsTheLibrary.reads(CODEC, REQUEST, LIMIT))
                .samples(new byte[0], new byte[300])
                .unwritable(new byte[LIMIT])
                .hostile(LIMIT, new byte[] {-1, -1, -1, -1, 0, 0, 0, 0}, new byte[] {0, 0, 0, 3, 0, 0, 0})
                .dynamicTests();
    }

    private static final ClientOptions SHARED =
            ClientOptions.builder().pipelineDepth(200).maxFrame(LIMIT).build();

    @Test
    void manyCallersShareAConnection() throws Exception {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create(SHARED);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Remote<byte[], byte[]> remote = client.remote(Endpoint.of(server.host(), server.port()), CODEC);
            List<Future<byte[]>> replies = IntStream.range(0, 1_000)
                    .mapToObj(i -> callers.submit(
                            () -> remote.call(ByteBuffer.allocate(300).putInt(i).array())))
                    .toList();
            for (int i = 0; i < replies.size(); i++) {
                assertThat(ByteBuffer.wrap(replies.get(i).get()).getInt()).isEqualTo(i);
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, LIMIT + 1})
    void aLengthThatCannotBeEndsTheConnectionAndTheNextCallHasAnother(int length) {
        byte[] hostile = ByteBuffer.allocate(8).putInt(length).array();
        byte[] sound = ByteBuffer.allocate(9).putInt(5).putInt(4, 0).array();
        try (FaultServer server = FaultServer.start(FaultServer.script()
                        .readExactly(9)
                        .reply(hostile)
                        .stall()
                        .then(FaultServer.script().readExactly(9).reply(sound).stall()));
                Client client = Client.create(SHARED)) {
            Remote<byte[], byte[]> remote = client.remote(Endpoint.of(server.host(), server.port()), CODEC);
            assertThatThrownBy(() -> remote.call(new byte[1])).isInstanceOf(CallException.class);
            assertThat(remote.call(new byte[1])).hasSize(1);
        }
    }
}
