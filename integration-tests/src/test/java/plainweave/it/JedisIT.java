package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.providers.PooledConnectionProvider;

/** Jedis, with its own pool, on sockets of a client. */
@NeedsDocker
final class JedisIT {
    @RegisterExtension
    static final Redis REDIS = new Redis("requirepass warp-secret\n");

    @RegisterExtension
    final AtRest atRest = new AtRest(REDIS::connections);

    private final Foreign foreign = new Foreign();
    private Client client;

    @BeforeEach
    void open() {
        client = atRest.client(foreign.options(REDIS.container()));
    }

    private RedisClient jedis() {
        String host = "redis.test";
        int port = REDIS.endpoint().port();
        DefaultJedisClientConfig config =
                DefaultJedisClientConfig.builder().password("warp-secret").build();
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(Foreign.SOCKETS);
        pool.setMaxIdle(Foreign.SOCKETS);
        // region sockets
        JedisSocketFactory sockets = () -> {
            try {
                Socket socket = client.socketFactory().createSocket();
                socket.setSoTimeout(10_000); // ms for each read; without it a read has no bound
                socket.connect(InetSocketAddress.createUnresolved(host, port)); // the client looks up the name
                return socket;
            } catch (IOException e) {
                throw new JedisConnectionException(e);
            }
        };
        // Without a limit, virtual threads that wait for a connect of another's spin in this pool and keep its carrier.
        pool.setMaxWait(Duration.ofSeconds(30));
        ConnectionFactory connections = new ConnectionFactory(sockets, config);
        RedisClient jedis = RedisClient.builder()
                .connectionProvider(new PooledConnectionProvider(connections, pool))
                .build();
        // endregion
        return jedis;
    }

    @Test
    void aThousandCommandsFromVirtualThreadsAreAnswered() throws Exception {
        try (RedisClient jedis = jedis()) {
            Foreign.callAThousandTimes(Foreign.CALLS, number -> {
                String key = "thread-" + number;
                assertThat(jedis.set(key, "value of " + number)).isEqualTo("OK");
                assertThat(jedis.get(key)).isEqualTo("value of " + number);
            });
            assertThat(client.stats().sockets()).isBetween(2, Foreign.SOCKETS);
            assertThat(client.stats().dnsLookups()).as("of the one name").isOne();
        }
        foreign.assertMetered(client, 2);
    }

    @Test
    void aServerThatTakesNothingIsLeftAfterSilence() throws Exception {
        byte[] key = "long".getBytes(StandardCharsets.US_ASCII);
        try (RedisClient jedis = jedis()) {
            assertThat(jedis.ping()).isEqualTo("PONG");
            try (AutoCloseable frozen = REDIS.container().frozen()) {
                Foreign.assertCutForSilence(catchThrowableOfType(
                        JedisConnectionException.class, () -> jedis.set(key, new byte[Foreign.MORE_THAN_FITS])));
                assertThat(client.stats().sockets()).isZero();
            }
            assertThat(jedis.ping()).as("on a new connection").isEqualTo("PONG");
        }
        foreign.assertMetered(client, 2);
    }
}
