package plainweave.examples;

import java.util.List;
import java.util.function.UnaryOperator;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.examples.protocols.Resp;
import plainweave.examples.protocols.RespCodec;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.EchoRace;
import plainweave.examples.support.EchoTarget;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;

/** A thousand callers of Redis: by a pool each waits for a connection of its own; where they share one, all that they wrote goes in one write. */
public final class PipelineRedis {
    private static final int CALLERS = 1_000;
    private static final int CALLS = 400_000;
    private static final int POOL = 64;

    private PipelineRedis() {}

    /** Calls the Redis at {@code -Dtarget=host:port}, which changes no data there, or a server of its own. */
    public static void main(String[] args) {
        Example.start(PipelineRedis::run);
    }

    static int run(Screen screen, Settings settings) {
        ClientOptions.Builder options = ClientOptions.builder().maxFrame(64 * 1024);
        try (EchoTarget target = EchoTarget.open(settings, PipelineRedis::echo);
                Client pooled = Client.create(options.permitsPerEndpoint(POOL).build());
                Client shared = Client.create(options.permitsPerEndpoint(CALLERS)
                        .pipelineDepth(CALLERS)
                        .build())) {
            screen.line("%,d callers send ECHO to %s%n", CALLERS, target.endpoint());
            EchoRace race = EchoRace.run(
                    screen,
                    CALLERS,
                    settings.scaled(CALLS),
                    echo(pooled, target.endpoint()),
                    echo(shared, target.endpoint()),
                    () -> pooled.stats().waiting() + shared.stats().waiting(),
                    "waiting");
            return report(screen, race, pooled, shared);
        }
    }

    /** Sent back as it is, a command is a reply too, a list of its words: so an echo server will do for Redis. */
    private static UnaryOperator<String> echo(Client client, Endpoint endpoint) {
        Remote<List<byte[]>, Resp> redis = client.remote(endpoint, new RespCodec());
        return word -> switch (redis.call(RespCodec.command("ECHO", word))) {
            case Resp.Bulk bulk -> bulk.text();
            case Resp.Array(List<Resp> words) when words.getLast() instanceof Resp.Bulk last -> last.text();
            case Resp.Refusal(String why) -> throw new Complaint(endpoint + " refuses ECHO: " + why);
            case Resp other -> other.toString();
        };
    }

    private static int report(Screen screen, EchoRace race, Client pooled, Client shared) {
        int connections = (int) shared.stats().connectionsOpened();
        screen.table(new BeforeAfter("serial pool", "shared, pipelined")
                .row("connections", (int) pooled.stats().connectionsOpened(), connections)
                .row("calls/s", race.before(), race.after())
                .table());
        int exitCode = race.exitCode(screen);
        screen.line(
                "PipelineRedis calls=%d failed=%d connections=%d pooled_rate=%.0f shared_rate=%.0f ratio=%.2f",
                2 * race.calls(),
                race.failed(),
                connections,
                race.before(),
                race.after(),
                race.after() / race.before());
        return exitCode;
    }
}
