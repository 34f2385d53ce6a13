package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.Replies;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.examples.protocols.Resp;
import plainweave.examples.protocols.Resp.Array;
import plainweave.examples.protocols.Resp.Text;
import plainweave.examples.protocols.RespCodec;
import plainweave.it.Callers.Caller;

/** A thousand callers on one connection to Redis. */
@NeedsDocker
final class PipelinedRedisIT {
    private static final int CALLERS = 1_000;
    private static final RespCodec CODEC = new RespCodec();

    @RegisterExtension
    static final Redis REDIS = new Redis("protected-mode no\n");

    @RegisterExtension
    final AtRest atRest = new AtRest(REDIS::connections);

    private Client client;
    private Remote<List<byte[]>, Resp> remote;

    @BeforeEach
    void open() {
        client = atRest.client(ClientOptions.builder().pipelineDepth(CALLERS).maxFrame(256 * 1024));
        remote = client.remote(REDIS.endpoint(), CODEC);
    }

    /** A value that tells whose it is, some short and some long. */
    private static String value(int caller, int n, Random random) {
        return "caller " + caller + " value " + n + " " + "x".repeat(random.nextInt(50) == 0 ? 100_000 : 20);
    }

    @Test
    void eachOfAThousandCallersReadsWhatItWrote() throws Exception {
        List<Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            int caller = i;
            callers.add(Callers.VIRTUAL.start(() -> {
                Random random = new Random(caller);
                for (int n = 0; n < 10; n++) {
                    String one = value(caller, n, random);
                    String key = "key " + caller;
                    assertThat(remote.call(RespCodec.command("SET", key, one))).isEqualTo(new Text("OK"));
                    assertThat(Redis.text(remote.call(RespCodec.command("GET", key))))
                            .isEqualTo(one);
                    Array both = (Array) remote.call(RespCodec.command("MGET", key, "not there", key));
                    assertThat(both.values()).hasSize(3).element(1).isEqualTo(new Resp.Nothing());
                    assertThat(Redis.text(both.values().getLast())).isEqualTo(one);
                }
                return caller;
            }));
        }
        for (int i = 0; i < CALLERS; i++) {
            assertThat(callers.get(i).outcome()).isEqualTo(i);
        }
        assertThat(client.stats().connectionsOpened()).isEqualTo(1);
    }

    @Test
    void aSubscriptionIsRepliesWithoutALastOne() throws Exception {
        int messages = 2_000;
        try (Replies<Resp> subscription = remote.stream(RespCodec.command("SUBSCRIBE", "news"))) {
            Iterator<Resp> replies = subscription.iterator();
            assertThat(((Array) replies.next()).values()).last().isEqualTo(new Resp.Whole(1));
            Caller<Integer> publisher = Callers.VIRTUAL.start(() -> {
                for (int n = 0; n < messages; n++) {
                    assertThat(remote.call(RespCodec.command("PUBLISH", "news", "message " + n)))
                            .isEqualTo(new Resp.Whole(1));
                }
                return messages;
            });
            for (int n = 0; n < messages; n++) {
                assertThat(Redis.text(((Array) replies.next()).values().getLast()))
                        .isEqualTo("message " + n);
            }
            assertThat(publisher.outcome()).isEqualTo(messages);
        }
        untilNobodyListens();
    }

    /** The server learns of it by the end of the connection. */
    private void untilNobodyListens() {
        Deadline patience = Deadline.after(Duration.ofSeconds(10));
        Resp listeners;
        do {
            listeners = remote.until(patience).call(RespCodec.command("PUBLISH", "news", "to nobody"));
        } while (!listeners.equals(new Resp.Whole(0)));
    }

    @Test
    void whoCannotWaitForAPausedServerLeavesAndTheOthersGetTheirReplies() throws Exception {
        assertThat(remote.call(RespCodec.command("CLIENT", "PAUSE", "500"))).isEqualTo(new Text("OK"));
        List<Caller<Object>> hasty = new ArrayList<>();
        List<Caller<Resp>> patient = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String word = "word " + i;
            hasty.add(Callers.VIRTUAL.start(() -> {
                try {
                    return remote.within(Duration.ofMillis(50)).call(RespCodec.command("ECHO", "hasty"));
                } catch (DeadlineExceededException e) {
                    return e;
                }
            }));
            patient.add(Callers.VIRTUAL.start(() -> remote.call(RespCodec.command("ECHO", word))));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(hasty.get(i).outcome()).isInstanceOf(DeadlineExceededException.class);
            assertThat(Redis.text(patient.get(i).outcome())).isEqualTo("word " + i);
        }
        assertThat(client.stats().connectionsOpened()).isEqualTo(1);
    }

    @Test
    void aConnectionKilledInMidFlightIsReplacedAndNobodyGetsTheReplyOfAnother() throws Exception {
        LongAdder lost = new LongAdder();
        AtomicBoolean over = new AtomicBoolean();
        List<Caller<Long>> callers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int caller = i;
            callers.add(Callers.VIRTUAL.start(() -> {
                long calls = 0;
                while (!over.get()) {
                    String word = caller + "/" + calls++;
                    try {
                        assertThat(Redis.text(remote.call(RespCodec.command("ECHO", word))))
                                .isEqualTo(word);
                    } catch (ConnectionLostException e) {
                        lost.increment();
                    }
                }
                return calls;
            }));
        }
        try (Client killer = Client.create()) {
            Remote<List<byte[]>, Resp> axe = killer.remote(REDIS.endpoint(), CODEC);
            for (int i = 0; i < 1_000 && lost.sum() < 100; i++) {
                axe.call(RespCodec.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
            }
        }
        over.set(true);
        for (Caller<Long> caller : callers) {
            assertThat(caller.outcome()).isPositive();
        }
        assertThat(lost.sum()).as("calls that were in flight").isGreaterThanOrEqualTo(100);
        assertThat(client.stats().connectionsOpened()).isGreaterThan(1);
        Eventually.is("all permits are back", () -> client.stats().permitsOut() == 0);
    }

    @Test
    void aKeyOfTheWrongKindIsARefusalToItsCallerAlone() {
        remote.call(RespCodec.command("SET", "text", "x"));
        assertThat(remote.call(RespCodec.command("LPUSH", "text", "y")))
                .isInstanceOfSatisfying(
                        Resp.Refusal.class,
                        refusal -> assertThat(refusal.why().getBytes(StandardCharsets.UTF_8))
                                .startsWith("WRONGTYPE".getBytes(StandardCharsets.UTF_8)));
        assertThat(Redis.text(remote.call(RespCodec.command("GET", "text")))).isEqualTo("x");
    }
}
