package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;

class FromNettyTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void aPoolAndAPipelineBecomeOptionsAndACodec() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            byte[] request = {1, 2, 3};
            // region pool
            ClientOptions options = ClientOptions.builder()
                    .permitsPerEndpoint(64) // maxConnections
                    .queuePerEndpoint(1_000) // maxPendingAcquires
                    .timeout(Duration.ofSeconds(
                            2)) // acquireTimeoutMillis, connect, read and write timeouts: one for all
                    .maxFrame(1 << 20) // maxFrameLength
                    .build();
            Client client = Client.create(options);
            Remote<byte[], byte[]> remote = client.remote(endpoint, Codecs.lengthPrefixed(4, ByteOrder.BIG_ENDIAN));
            byte[] reply = remote.call(request); // acquire, writeAndFlush, the handler, release
            // endregion
            assertThat(reply).isEqualTo(request);

            // region loop
            ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
            CompletableFuture<byte[]> promise = CompletableFuture.supplyAsync(() -> remote.call(request), callers);
            // endregion
            assertThat(promise.get(10, TimeUnit.SECONDS)).isEqualTo(request);
            callers.close();
            client.close();
        }
    }
}
