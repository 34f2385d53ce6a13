package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BeforeAfterTest {
    @Test
    void eachFigureStandsBesideItsRatio() {
        BeforeAfter figures = new BeforeAfter("old", "new")
                .row("calls/s", 2_000.4, 10_002)
                .row("seconds", 1.5, 0.3)
                .row("connections", 40_000, 32)
                .row("waiting", 5, 0)
                .row("refused", 0, 7);

        assertThat(figures.table().lines())
                .containsExactly(
                        "                 old      new    ratio",
                        "calls/s        2,000   10,002        5",
                        "seconds         1.50     0.30     0.20",
                        "connections   40,000       32   0.0008",
                        "waiting            5        0        0",
                        "refused            0        7");
    }
}
