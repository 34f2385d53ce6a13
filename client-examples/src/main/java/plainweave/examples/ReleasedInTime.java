package plainweave.examples;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.Callers;
import plainweave.examples.support.Example;
import plainweave.examples.support.Faults;
import plainweave.examples.support.Proc;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;
import plainweave.observe.ClientStats;

/** Ten thousand calls that fail in every way there is, and nothing is left of them: no permit, no connection, no descriptor. */
public final class ReleasedInTime {
    private static final int CALLS = 10_000;
    private static final int CALLERS = 64;
    private static final int WARM_UP = 600; // after which the JVM has opened what it opens once
    private static final int PREFIX = 4;
    private static final byte[] REQUEST = new byte[8];
    private static final Duration PATIENCE = Duration.ofMillis(50);

    private ReleasedInTime() {}

    /** Calls servers of its own. */
    public static void main(String[] args) {
        Example.start(ReleasedInTime::run);
    }

    private record State(int descriptors, ClientStats client) {}

    static int run(Screen screen, Settings settings) {
        try (Faults faults = Faults.start(PREFIX + REQUEST.length);
                Client client = Client.create()) {
            screen.line("%d callers, whose calls end in: %s%n", CALLERS, String.join(", ", faults.kinds()));
            fail(screen, faults, client, WARM_UP);
            State before = state(faults, client);
            Work failures = fail(screen, faults, client, settings.scaled(CALLS));
            return report(screen, failures, before, state(faults, client));
        }
    }

    private static Work fail(Screen screen, Faults faults, Client client, int calls) {
        List<Endpoint> endpoints = faults.endpoints();
        Remote<byte[], byte[]> remote = client.remote(
                        endpoints.getFirst(), Codecs.lengthPrefixed(PREFIX, ByteOrder.BIG_ENDIAN))
                .within(PATIENCE);
        try (Work work = screen.work(calls, Proc::descriptors, "descriptors open")) {
            Callers.make(CALLERS, calls, i -> {
                try {
                    remote.at(endpoints.get(i % endpoints.size())).call(REQUEST);
                    work.check(false, "a call had a reply");
                } catch (CallException expected) {
                    work.check(true, "");
                }
            });
            return work;
        }
    }

    private static State state(Faults faults, Client client) {
        faults.settle();
        return new State(Proc.descriptors(), client.stats());
    }

    private static int report(Screen screen, Work failures, State before, State after) {
        int open = after.client.connectionsInUse() + after.client.connectionsIdle();
        screen.table(new BeforeAfter("before", "after " + failures.done() + " failures")
                .row("descriptors", before.descriptors, after.descriptors)
                .row("permits out", before.client.permitsOut(), after.client.permitsOut())
                .row("connections opened", before.client.connectionsOpened(), after.client.connectionsOpened())
                .row("connections closed", before.client.connectionsClosed(), after.client.connectionsClosed())
                .table());
        int exitCode = failures.exitCode(screen);
        screen.line(
                "ReleasedInTime calls=%d failed=%d descriptors_before=%d descriptors_after=%d permits_out=%d connections_open=%d",
                failures.total(),
                failures.done(),
                before.descriptors,
                after.descriptors,
                after.client.permitsOut(),
                open);
        return exitCode;
    }
}
