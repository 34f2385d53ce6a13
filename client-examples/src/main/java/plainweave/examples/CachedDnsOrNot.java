package plainweave.examples;

import java.time.Duration;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.EchoRace;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.SlowNames;
import plainweave.testing.EchoServer;

/** New connections to a name: looked up for each of them, and out of the client's cache, which asks once for all. */
public final class CachedDnsOrNot {
    private static final int CALLS = 8_000;
    private static final int CALLERS = 8;
    private static final Duration AWAY = Duration.ofMillis(5);
    private static final String HOST = "weave.example";

    private CachedDnsOrNot() {}

    /** Calls a server of its own, whose name a resolver knows that is 5 ms away. */
    public static void main(String[] args) {
        Example.start(CachedDnsOrNot::run);
    }

    static int run(Screen screen, Settings settings) {
        SlowNames asked = new SlowNames(AWAY);
        SlowNames cached = new SlowNames(AWAY);
        ClientOptions options = ClientOptions.builder()
                .maxIdle(0)
                .dns(cached)
                .build(); // each call dials, for only then a name is needed
        try (EchoServer server = EchoServer.start();
                Client client = Client.create(options)) {
            Remote<String, String> echo = client.remote(Endpoint.of(HOST, server.port()), Codecs.lines());
            EchoRace race = EchoRace.run(
                    screen,
                    CALLERS,
                    settings.scaled(CALLS),
                    line -> echo.at(lookedUp(asked, server.port())).call(line),
                    echo::call,
                    () -> asked.lookups() + cached.lookups(),
                    "lookups so far");
            return report(screen, race, asked, cached, client);
        }
    }

    /** What the socket is told when nobody remembers names: an address. */
    private static Endpoint lookedUp(SlowNames names, int port) {
        return Endpoint.of(names.resolve(HOST).getFirst().getHostAddress(), port);
    }

    private static int report(Screen screen, EchoRace race, SlowNames asked, SlowNames cached, Client client) {
        screen.table(new BeforeAfter("looked up each time", "cached")
                .row("calls/s", race.before(), race.after())
                .row("lookups", asked.lookups(), cached.lookups())
                .row("found in the cache", 0, client.stats().dnsHits())
                .table());
        int exitCode = race.exitCode(screen);
        screen.line(
                "CachedDnsOrNot calls=%d failed=%d cached_per_s=%.0f uncached_per_s=%.0f ratio=%.2f lookups=%d uncached_lookups=%d",
                race.calls(),
                race.failed(),
                race.after(),
                race.before(),
                race.after() / race.before(),
                cached.lookups(),
                asked.lookups());
        return exitCode;
    }
}
