package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;

class FromCommonsPoolTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    // region there
    /** Opens and closes what the pool holds. */
    static final class Sockets extends BasePooledObjectFactory<Socket> {
        private final InetSocketAddress address;

        Sockets(InetSocketAddress address) {
            this.address = address;
        }

        @Override
        public Socket create() throws Exception {
            Socket socket = new Socket();
            socket.connect(address, 3_000);
            socket.setSoTimeout(2_000);
            socket.setTcpNoDelay(true);
            return socket;
        }

        @Override
        public PooledObject<Socket> wrap(Socket socket) {
            return new DefaultPooledObject<>(socket);
        }

        @Override
        public void destroyObject(PooledObject<Socket> socket) throws Exception {
            socket.getObject().close();
        }
    }

    static String callOverPool(GenericObjectPool<Socket> pool, String request) throws Exception {
        Socket socket = pool.borrowObject();
        boolean clean = false;
        try {
            socket.getOutputStream().write((request + "\n").getBytes(StandardCharsets.UTF_8));
            String reply = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            clean = reply != null;
            return reply;
        } finally {
            if (clean) {
                pool.returnObject(socket);
            } else {
                pool.invalidateObject(socket);
            }
        }
    }
    // endregion

    @Test
    void aPoolOfOnesOwnBecomesARemote() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            GenericObjectPoolConfig<Socket> config = new GenericObjectPoolConfig<>();
            config.setMaxWait(Duration.ofSeconds(2));
            config.setJmxEnabled(false);
            try (GenericObjectPool<Socket> pool = new GenericObjectPool<>(new Sockets(server.address()), config)) {
                assertThat(callOverPool(pool, "hello")).isEqualTo("hello");
            }

            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            // region here
            ClientOptions options = ClientOptions.builder()
                    .permitsPerEndpoint(8) // maxTotal
                    .timeout(Duration.ofSeconds(2)) // maxWait and SO_TIMEOUT: one for the whole call
                    .build();
            Client client = Client.create(options);
            Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
            String reply = remote.call("hello");
            // endregion
            client.close();

            assertThat(reply).isEqualTo("hello");
        }
    }
}
