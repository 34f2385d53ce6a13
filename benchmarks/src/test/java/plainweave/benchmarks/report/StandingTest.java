package plainweave.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StandingTest {

    @Test
    void ratioIsTakenRoundByRound() {
        // Everything took twice as long in the second round; compared across rounds, we would look better or worse.
        List<Measurement> ours = List.of(measured(1, "plainweave", 3), measured(2, "plainweave", 6));
        List<Measurement> theirs = List.of(measured(1, "netty-epoll", 2), measured(2, "netty-epoll", 4));

        Standing standing = Standing.of("netty-epoll", theirs, ours);

        assertThat(standing.ratio()).contains(new Spread(1.5, 1.5, 1.5));
        assertThat(standing.line("serial-64"))
                .isEqualTo("arena job=serial-64 peer=netty-epoll exchanges_per_s=250000 cpu_us=3.00 p99_us=900"
                        + " ratio=1.50");
    }

    @Test
    void thereIsNoRatioWithoutUs() {
        Standing standing = Standing.of("netty-epoll", List.of(measured(1, "netty-epoll", 2)), List.of());

        assertThat(standing.ratio()).isEmpty();
        assertThat(standing.line("serial-64")).endsWith(" ratio=-");
    }

    private static Measurement measured(int round, String peer, double cpuSeconds) {
        return new Measurement(round, peer, 1_000_000, 4, cpuSeconds, 1, 0, 400, 900, 1_500, 2_000, 0.9, 1.1);
    }
}
