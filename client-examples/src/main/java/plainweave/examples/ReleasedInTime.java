package plainweave.examples;

import java.time.Duration;
import java.util.List;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.Callers;
import plainweave.examples.support.Example;
import plainweave.examples.support.Faults;
import plainweave.examples.support.Proc;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;
import plainweave.observe.ClientStats;

/** Ten thousand calls that fail in six ways, and nothing is left of them: no permit, no connection, no descriptor. */
public final class ReleasedInTime {
    private static final int CALLS = 10_000;
    private static final int CALLERS = 64;
    private static final int WARM_UP = 1_000; // after which the JVM has opened what it opens once
    private static final Duration PATIENCE = Duration.ofMillis(50);

    private ReleasedInTime() {}

    /** Calls servers of its own. */
    public static void main(String[] args) {
        Example.start(ReleasedInTime::run);
    }

    static int run(Screen screen, Settings settings) {
        try (Faults faults = Faults.start();
                Client client = Client.create()) {
            screen.line("%d callers, whose calls end in: %s%n", CALLERS, String.join(", ", faults.kinds()));
            fail(screen, faults, client, WARM_UP);
            int before = Proc.descriptors();
            Work failures = fail(screen, faults, client, settings.scaled(CALLS));
            return report(screen, failures, before, Proc.descriptors(), client.stats());
        }
    }

    private static Work fail(Screen screen, Faults faults, Client client, int calls) {
        List<Remote<byte[], byte[]>> remotes = faults.remotes(client);
        Work failures = screen.work(calls, Proc::descriptors, "descriptors open");
        try (failures) {
            Callers.make(CALLERS, calls, i -> {
                try {
                    remotes.get(i % remotes.size()).within(PATIENCE).call(faults.request());
                    failures.check(false, "there was a reply");
                } catch (CallException expected) {
                    failures.check(true, "");
                }
            });
        }
        faults.settle();
        return failures;
    }

    private static int report(Screen screen, Work failures, int before, int after, ClientStats client) {
        int open = client.connectionsInUse() + client.connectionsIdle();
        screen.table(new BeforeAfter("before", "after " + failures.done() + " failures")
                .row("descriptors", before, after)
                .table());
        screen.line("Of the client: %s%n", client);
        int exitCode = failures.exitCode(screen);
        screen.line(
                "ReleasedInTime calls=%d failed=%d descriptors_before=%d descriptors_after=%d permits_out=%d open=%d",
                failures.total(), failures.done(), before, after, client.permitsOut(), open);
        return exitCode;
    }
}
