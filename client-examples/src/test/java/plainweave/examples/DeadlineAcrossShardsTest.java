package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeadlineAcrossShardsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void theSlowAndTheDeadShardCostOnlyTheirOwnAnswers() {
        Ran ran = Ran.with(DeadlineAcrossShards::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("DeadlineAcrossShards ");
        assertThat(ran.figures())
                .containsOnlyKeys("shards", "done", "late", "dead", "within_ms", "took_ms")
                .containsEntry("shards", "3")
                .containsEntry("done", "1")
                .containsEntry("late", "1")
                .containsEntry("dead", "1");
        assertThat(ran.figure("took_ms")).isGreaterThanOrEqualTo(ran.figure("within_ms"));
        assertThat(ran.out())
                .containsPattern("(?m)^127.0.0.1:\\d+ +done +hits of shard 1$")
                .containsPattern("(?m)^127.0.0.1:\\d+ +failed in READ +too slow")
                .containsPattern("(?m)^127.0.0.1:\\d+ +failed in CONNECT +no connection");
    }
}
