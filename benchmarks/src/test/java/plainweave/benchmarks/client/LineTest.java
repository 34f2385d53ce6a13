package plainweave.benchmarks.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LineTest {

    @Test
    void isAnotherOneInEachExchangeOfEachCaller() {
        Set<String> seen = new HashSet<>();
        for (int caller = 0; caller < 3; caller++) {
            Line line = new Line(caller);
            for (int i = 0; i < 1_001; i++) {
                line.next();
                assertThat(seen.add(line.text())).isTrue();
            }
            assertThat(line.text())
                    .startsWith("c0000" + caller + " s000000001001 ")
                    .hasSize(63);
            assertThat(line.bytes()).hasSize(64).endsWith('\n');
        }
    }

    @Test
    void refusesTheReplyToAnEarlierRequest() {
        Line line = new Line(7);
        line.next();
        byte[] earlier = line.bytes().clone();
        line.check(earlier);
        line.next();

        assertThatThrownBy(() -> line.check(earlier))
                .hasMessageContaining("wrong reply")
                .hasMessageContaining("s000000000002")
                .hasMessageContaining("s000000000001");
    }
}
