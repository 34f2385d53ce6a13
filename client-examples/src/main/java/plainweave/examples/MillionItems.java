package plainweave.examples;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import plainweave.Bulk;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.support.EchoTarget;
import plainweave.examples.support.Example;
import plainweave.examples.support.Heap;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;

/** A million calls as background work, 64 at a time: the source is read only as fast as they go, so a heap of 64 MiB will do. */
public final class MillionItems {
    private static final int ITEMS = 1_000_000;
    private static final int IN_FLIGHT = 64;

    private MillionItems() {}

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(MillionItems::run);
    }

    static int run(Screen screen, Settings settings) {
        int total = settings.scaled(ITEMS);
        Stream<String> items = IntStream.range(0, total).mapToObj(i -> "item " + i);
        ClientOptions options =
                ClientOptions.builder().permitsPerEndpoint(IN_FLIGHT).build();

        try (EchoTarget target = EchoTarget.open(settings);
                Client client = Client.create(options)) {
            screen.line("%,d items, %d at a time, to %s%n", total, IN_FLIGHT, target.endpoint());
            Remote<String, String> echo =
                    client.remote(target.endpoint(), Codecs.lines()).with(Priority.BACKGROUND);
            Work work = screen.work(total, Heap::usedMib, "MiB of heap");
            try (work;
                    Bulk<String, String> bulk = echo.bulk(IN_FLIGHT).over(items)) {
                for (Bulk.Item<String, String> item : bulk) {
                    switch (item.outcome()) {
                        case Done<String>(String reply) ->
                            work.check(reply.equals(item.request()), "a reply was not what had been sent");
                        case Failed<String>(CallException failure) -> work.failed(failure);
                    }
                }
            }
            return report(screen, work);
        }
    }

    private static int report(Screen screen, Work work) {
        screen.line("%,.0f items/s, for %.1f s", work.rate(), work.seconds());
        int exitCode = work.exitCode(screen);
        screen.line("MillionItems done=%d failed=%d heap_max_mib=%d", work.done(), work.left(), Heap.maxMib());
        return exitCode;
    }
}
