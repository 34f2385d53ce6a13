package plainweave.examples;

import java.time.Duration;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.codec.Codecs;
import plainweave.examples.support.Example;
import plainweave.examples.support.Figures;
import plainweave.examples.support.MovingName;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Table;
import plainweave.examples.support.Traffic;
import plainweave.examples.support.Work;
import plainweave.observe.micrometer.Meters;

/** A name moves to another address while calls go on: the connections follow, the old server can be switched off, and no call fails. */
public final class FailoverByDns {
    private static final int CALLERS = 16;
    private static final int MOVES = 10;

    private FailoverByDns() {}

    /** Calls servers of its own; {@code -Dscale=0.1} for a single move. */
    public static void main(String[] args) {
        Example.start(FailoverByDns::run);
    }

    static int run(Screen screen, Settings settings) {
        int moves = settings.scaled(MOVES);
        try (MovingName name = MovingName.start(moves + 1)) {
            ClientOptions.Builder options = ClientOptions.builder()
                    .dns(name)
                    .dnsTtl(Duration.ofMillis(200))
                    .idleTimeout(Duration.ofSeconds(1)); // at a quarter of it names of open connections are renewed
            Figures figures = Figures.of(options);
            try (Client client = Client.create(options.build())) {
                screen.line("%d callers of %s, %d moves%n", CALLERS, name.endpoint(), moves);
                Table table = new Table("llr").head("from", "to", "followed in ms");
                Duration slowest = Duration.ZERO;
                Remote<String, String> remote = client.remote(name.endpoint(), Codecs.lines());
                Traffic traffic = Traffic.start(CALLERS, remote::call);
                Work work = screen.work(moves, traffic::calls, "calls");
                try (work;
                        traffic) {
                    for (int i = 0; i < moves; i++) {
                        remote.call("there is a connection now");
                        String from = name.address();
                        Duration took = name.move();
                        slowest = slowest.compareTo(took) < 0 ? took : slowest;
                        table.row(from, name.address(), took.toMillis());
                        work.check(true, "");
                    }
                }
                screen.table(table);
                int exitCode = traffic.exitCode(screen);
                screen.line(
                        "FailoverByDns calls=%d failed=%d moves=%d connections_moved=%d slowest_ms=%d",
                        traffic.calls(),
                        traffic.failed(),
                        moves,
                        figures.value(Meters.CLOSED, "reason", "moved"),
                        slowest.toMillis());
                return exitCode;
            }
        }
    }
}
