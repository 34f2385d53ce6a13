package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.examples.protocols.Resp;
import plainweave.examples.protocols.Resp.Bulk;
import plainweave.examples.protocols.Resp.Nothing;
import plainweave.examples.protocols.Resp.Refusal;
import plainweave.examples.protocols.Resp.Text;
import plainweave.examples.protocols.RespCodec;
import plainweave.it.Callers.Caller;

/** A codec of a hundred lines against a Redis that asks for a password. */
@NeedsDocker
final class RedisIT {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final int PERMITS = 4;

    private static final RespCodec DEFAULT = new RespCodec("default", "warp-secret");
    private static final RespCodec WEAVER = new RespCodec("weaver", "weft-secret");

    @RegisterExtension
    static final Redis REDIS = new Redis("""
                requirepass %s
                user %s on >%s ~* &* +@all
                """.formatted(DEFAULT.password(), WEAVER.user(), WEAVER.password()));

    @RegisterExtension
    final AtRest atRest = new AtRest(REDIS::connections);

    private Client client;
    private Remote<List<byte[]>, Resp> remote;

    @BeforeEach
    void open() {
        // Room for a value of a mebibyte and what stands around it; fewer permits in all make up for that.
        client = atRest.client(
                ClientOptions.builder().maxFrame(2 * MEBIBYTE).permitsTotal(64).permitsPerEndpoint(PERMITS));
        remote = client.remote(REDIS.endpoint(), DEFAULT);
    }

    @Test
    void aPingIsAnswered() {
        assertThat(remote.call(RespCodec.command("PING"))).isEqualTo(new Text("PONG"));
    }

    @Test
    void aValueOfOneMebibyteComesBackAsItWasSet() {
        byte[] value = new byte[MEBIBYTE];
        new Random(7).nextBytes(value);
        byte[] key = "long".getBytes(StandardCharsets.US_ASCII);
        byte[] set = "SET".getBytes(StandardCharsets.US_ASCII);
        byte[] get = "GET".getBytes(StandardCharsets.US_ASCII);

        assertThat(remote.call(List.of(set, key, value))).isEqualTo(new Text("OK"));
        assertThat(remote.call(List.of(get, key)))
                .isInstanceOfSatisfying(
                        Bulk.class, bulk -> assertThat(bulk.bytes()).isEqualTo(value));
        assertThat(client.stats().connectionsOpened()).isOne();
    }

    @Test
    void aKeyThatIsNotThereIsNothing() {
        assertThat(remote.call(RespCodec.command("GET", "not there"))).isEqualTo(new Nothing());
    }

    @Test
    void aRefusedCommandIsAReplyAndTheConnectionLivesOn() {
        assertThat(remote.call(RespCodec.command("WEAVE")))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.why()).contains("unknown command"));
        assertThat(remote.call(RespCodec.command("PING"))).isEqualTo(new Text("PONG"));
        assertThat(client.stats().connectionsOpened()).isOne();
    }

    @Test
    void aWrongPasswordIsTheEndpointBeingUnreachable() {
        assertThat(remote.call(RespCodec.command("PING"))).isEqualTo(new Text("PONG"));
        RespCodec wrong = new RespCodec(DEFAULT.user(), "not-the-secret");

        // With the right one's connection idle, which it must not be given.
        UnreachableException refused = catchThrowableOfType(
                UnreachableException.class,
                () -> client.remote(REDIS.endpoint(), wrong).call(RespCodec.command("PING")));

        assertThat(refused.phase()).isEqualTo(Phase.OPEN);
        assertThat(refused.sent()).isFalse();
        assertThat(refused)
                .hasMessageStartingWith(REDIS.endpoint() + " OPEN: ")
                .hasMessageContaining("Redis refused the login of user default: WRONGPASS");
        assertThat(stackTrace(refused)).doesNotContain(wrong.password());
        assertThat(client.stats().connectionsIdle()).isOne();
    }

    @Test
    void theLoginRunsOncePerConnection() throws Exception {
        long before = logins();
        long openedBefore = client.stats().connectionsOpened();
        List<Caller<Resp>> callers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            callers.add(Callers.VIRTUAL.start(() -> remote.call(RespCodec.command("PING"))));
        }
        for (Caller<Resp> caller : callers) {
            assertThat(caller.outcome()).isEqualTo(new Text("PONG"));
        }
        long opened = client.stats().connectionsOpened() - openedBefore;

        assertThat(opened).isLessThan(200);
        assertThat(logins() - before).isEqualTo(opened);
    }

    @Test
    void sessionsOfDifferentUsersNeverShareAConnection() throws Exception {
        Remote<List<byte[]>, Resp> weaver = client.remote(REDIS.endpoint(), WEAVER);
        List<Caller<String>> callers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Remote<List<byte[]>, Resp> own = i % 3 == 0 ? weaver : remote;
            callers.add(Callers.VIRTUAL.start(() -> Redis.text(own.call(RespCodec.command("ACL", "WHOAMI")))));
        }

        for (int i = 0; i < callers.size(); i++) {
            String user = i % 3 == 0 ? "weaver" : "default";
            assertThat(callers.get(i).outcome()).as("call %d", i).isEqualTo(user);
        }
    }

    /** Logins the server has seen, as told over a connection of this client that is logged in already. */
    private long logins() {
        String told = Redis.text(remote.call(RespCodec.command("INFO", "commandstats")));
        Matcher matcher = Pattern.compile("cmdstat_auth:calls=(\\d+)").matcher(told);
        assertThat(matcher.find()).as(told).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
