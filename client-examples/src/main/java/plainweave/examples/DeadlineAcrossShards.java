package plainweave.examples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import plainweave.Client;
import plainweave.Fanout;
import plainweave.Outcome;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Shards;
import plainweave.examples.support.Table;

/** A query to all shards at once with one deadline: one that is slow and one that is dead cost their own answers, and no more time. */
public final class DeadlineAcrossShards {
    private static final int HEALTHY = 6;
    private static final Duration WITHIN = Duration.ofSeconds(1);

    private DeadlineAcrossShards() {}

    /** Asks shards of its own; {@code -Dscale=10} has ten times as many. */
    public static void main(String[] args) {
        Example.start(DeadlineAcrossShards::run);
    }

    static int run(Screen screen, Settings settings) {
        try (Shards shards = Shards.start(settings.scaled(HEALTHY));
                Client client = Client.create()) {
            List<Endpoint> endpoints = shards.endpoints();
            Remote<String, String> search =
                    client.remote(endpoints.getFirst(), Codecs.lines()).with(Priority.URGENT);
            long start = System.nanoTime();
            List<Outcome<String>> outcomes = new ArrayList<>();
            try (Fanout<String> fan = client.fanout(WITHIN)) {
                for (Endpoint shard : endpoints) {
                    fan.add(search.at(shard), "weave");
                }
                outcomes.addAll(fan.join());
            }
            return report(screen, endpoints, outcomes, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private static int report(Screen screen, List<Endpoint> shards, List<Outcome<String>> outcomes, Duration took) {
        Table table = new Table("lll").head("shard", "outcome", "");
        int done = 0;
        int late = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            switch (outcomes.get(i)) {
                case Done<String>(String reply) -> {
                    table.row(shards.get(i), "done", reply);
                    done++;
                }
                case Failed<String>(CallException failure) -> {
                    table.row(shards.get(i), "failed in " + failure.phase(), failure.reason());
                    late += failure instanceof DeadlineExceededException ? 1 : 0;
                }
            }
        }
        screen.table(table);
        screen.line(
                "DeadlineAcrossShards shards=%d done=%d late=%d dead=%d within_ms=%d took_ms=%d",
                shards.size(), done, late, shards.size() - done - late, WITHIN.toMillis(), took.toMillis());
        return done == shards.size() - 2 ? 0 : 1;
    }
}
