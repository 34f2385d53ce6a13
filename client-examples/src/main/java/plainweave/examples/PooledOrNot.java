package plainweave.examples;

import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.codec.Codecs;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.EchoRace;
import plainweave.examples.support.EchoTarget;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;

/** The same calls with a new connection for each, and with connections that are used again. */
public final class PooledOrNot {
    private static final int CALLS = 20_000; // fewer than a system has ports for, for a minute
    private static final int CALLERS = 32;

    private PooledOrNot() {}

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(PooledOrNot::run);
    }

    static int run(Screen screen, Settings settings) {
        ClientOptions pooling =
                ClientOptions.builder().permitsPerEndpoint(CALLERS).build();
        ClientOptions keepingNone = pooling.toBuilder().maxIdle(0).build();
        try (EchoTarget target = EchoTarget.open(settings);
                Client dialling = Client.create(keepingNone);
                Client pooled = Client.create(pooling)) {
            Remote<String, String> before = dialling.remote(target.endpoint(), Codecs.lines());
            Remote<String, String> after = pooled.remote(target.endpoint(), Codecs.lines());
            EchoRace race = EchoRace.run(
                    screen,
                    CALLERS,
                    settings.scaled(CALLS),
                    before::call,
                    after::call,
                    () -> dialling.stats().connectionsOpened() + pooled.stats().connectionsOpened(),
                    "connections so far");
            return report(screen, race, dialling, pooled);
        }
    }

    private static int report(Screen screen, EchoRace race, Client dialling, Client pooled) {
        long before = dialling.stats().connectionsOpened();
        long after = pooled.stats().connectionsOpened();
        screen.table(new BeforeAfter("a connection each", "pooled")
                .row("calls/s", race.before(), race.after())
                .row("connections opened", before, after)
                .table());
        int exitCode = race.exitCode(screen);
        screen.line(
                "PooledOrNot calls=%d failed=%d pooled_per_s=%.0f unpooled_per_s=%.0f ratio=%.2f connections=%d unpooled_connections=%d",
                race.calls(), race.failed(), race.after(), race.before(), race.after() / race.before(), after, before);
        return exitCode;
    }
}
