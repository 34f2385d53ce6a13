package plainweave.examples;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.codec.Codecs;
import plainweave.examples.support.BeforeAfter;
import plainweave.examples.support.Example;
import plainweave.examples.support.GatedServer;
import plainweave.examples.support.Proc;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;

/** Ten thousand callers that all wait, for a permit or a reply, on platform threads and on virtual ones: what they cost meanwhile. */
public final class VirtualOrPlatform {
    private static final int CALLERS = 10_000;

    private VirtualOrPlatform() {}

    /** Calls a server of its own. */
    public static void main(String[] args) {
        Example.start(VirtualOrPlatform::run);
    }

    private record Cost(int threads, long kib, double waiting, double replying, Work calls) {}

    /** Virtual ones first: what is compiled and in memory by then is in favour of the others. */
    static int run(Screen screen, Settings settings) {
        int callers = Math.min(settings.scaled(CALLERS), Proc.spareThreads());
        screen.line("%,d callers (this system has room for %,d platform threads)%n", callers, Proc.spareThreads());
        Cost virtual = cost(screen, Thread.ofVirtual(), callers);
        Cost platform = cost(screen, Thread.ofPlatform().daemon(), callers);
        screen.table(new BeforeAfter("platform threads", "virtual threads")
                .row("threads of the system", platform.threads, virtual.threads)
                .row("KiB of memory for a caller", (double) platform.kib / callers, (double) virtual.kib / callers)
                .row("s until all wait", platform.waiting, virtual.waiting)
                .row("s from the first reply to the last", platform.replying, virtual.replying)
                .table());
        int exitCode = Math.max(platform.calls.exitCode(screen), virtual.calls.exitCode(screen));
        long failed = platform.calls.left() + virtual.calls.left();
        screen.line(
                "VirtualOrPlatform callers=%d failed=%d platform_threads=%d virtual_threads=%d platform_kib=%d virtual_kib=%d",
                callers, failed, platform.threads, virtual.threads, platform.kib, virtual.kib);
        return exitCode;
    }

    private static Cost cost(Screen screen, Thread.Builder kind, int callers) {
        ClientOptions options = ClientOptions.builder()
                .queuePerEndpoint(callers)
                .queueTotal(callers)
                .timeout(Duration.ofMinutes(2))
                .build();
        try (GatedServer server = GatedServer.start();
                Client client = Client.create(options)) {
            Remote<String, String> remote = client.remote(server.endpoint(), Codecs.lines());
            remote.warm(options.permitsPerEndpoint());
            long before = Proc.residentKib();
            long start = System.nanoTime();
            Work calls = screen.work(callers, () -> client.stats().waiting(), "waiting");
            try (calls;
                    ExecutorService threads = Executors.newThreadPerTaskExecutor(kind.factory())) {
                for (int i = 0; i < callers; i++) {
                    threads.execute(() -> calls.call(() -> remote.call("hello").equals("answer")));
                }
                server.awaitCallers(client, callers);
                double waiting = Work.secondsSince(start);
                int count = Proc.threads();
                long kib = Proc.residentKib() - before;
                long answered = System.nanoTime();
                server.answer();
                threads.close(); // waits for all
                return new Cost(count, kib, waiting, Work.secondsSince(answered), calls);
            }
        }
    }
}
