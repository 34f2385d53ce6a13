package plainweave.examples;

import java.time.Duration;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.TlsOptions;
import plainweave.codec.Codecs;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.Example;
import plainweave.examples.support.Figures;
import plainweave.examples.support.RotatingServer;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Traffic;
import plainweave.examples.support.Work;
import plainweave.observe.micrometer.Meters;

/** Both sides' certificates are replaced while calls go on, and none fails: connections made with the old ones end after their exchange. */
public final class TlsAndRotation {
    private static final int CALLERS = 4;
    private static final int ROTATIONS = 5;

    private TlsAndRotation() {}

    /** Calls a server of its own; {@code -Dscale=0.2} for a single rotation. */
    public static void main(String[] args) {
        Example.start(TlsAndRotation::run);
    }

    static int run(Screen screen, Settings settings) {
        int rotations = settings.scaled(ROTATIONS);
        try (RotatingServer server = new RotatingServer()) {
            ClientOptions.Builder options = ClientOptions.builder()
                    .tls(TlsOptions.defaults().context(server::keys)) // asked for each new connection
                    .maxLifetime(Duration.ofMillis(500)) // short, to have many handshakes
                    .connectTimeout(Duration.ofSeconds(20)); // of which all may come at once, on a busy machine
            Figures figures = Figures.of(options);
            try (Client client = Client.create(options.build())) {
                screen.line("%d callers of %s, %d rotations%n", CALLERS, server.endpoint(), rotations);
                Traffic traffic = Traffic.start(CALLERS, client.remote(server.endpoint(), Codecs.lines())::call);
                Work work = screen.work(rotations, traffic::calls, "calls");
                try (work;
                        traffic) {
                    for (int i = 0; i < rotations; i++) {
                        server.rotate();
                        server.awaitConnections(3 * CALLERS); // one each to follow, and two to resume
                        work.check(true, "");
                    }
                }
                return report(screen, server, figures, traffic, rotations);
            }
        }
    }

    private static int report(Screen screen, RotatingServer server, Figures figures, Traffic traffic, int rotations) {
        int full = (int) figures.value(Meters.HANDSHAKES, "kind", "full");
        int resumed = (int) figures.value(Meters.HANDSHAKES, "kind", "resumed");
        double fullMicros = figures.handshakeMicros("full", 0.5);
        double resumedMicros = figures.handshakeMicros("resumed", 0.5);
        screen.table(server.table());
        screen.table(new BeforeAfter("full", "resumed")
                .row("handshakes", full, resumed)
                .row("p50 µs", fullMicros, resumedMicros)
                .table());
        int exitCode = traffic.exitCode(screen);
        screen.line(
                "TlsAndRotation calls=%d failed=%d rotations=%d full=%d resumed=%d ratio=%.2f",
                traffic.calls(), traffic.failed(), rotations, full, resumed, resumedMicros / fullMicros);
        return exitCode;
    }
}
