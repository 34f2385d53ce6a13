package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RepliesTest {
    private final Replies replies = new Replies(Duration.ofMillis(250));

    private void count(double... millis) {
        for (double each : millis) {
            replies.count((long) (each * 1e6));
        }
    }

    @Test
    void thereIsNothingToTellOfNoCalls() {
        assertThat(replies.calls()).isZero();
        assertThat(replies.failed()).isZero();
        assertThat(replies.millis(0.99)).isZero();
    }

    @Test
    void lateOnesAndNoneCountAsTheDeadline() {
        count(5, 249.99, 250, 1_000);
        replies.count(Long.MAX_VALUE);

        assertThat(replies.calls()).isEqualTo(5);
        assertThat(replies.inTime()).isEqualTo(2);
        assertThat(replies.failed()).isEqualTo(0.6);
        assertThat(replies.millis(0.2)).isEqualTo(5.0);
        assertThat(replies.millis(0.4)).isEqualTo(249.99);
        assertThat(replies.millis(0.5)).isEqualTo(250.0);
        assertThat(replies.millis(0.99)).isEqualTo(250.0);
    }

    @Test
    void ofAHundredTheNinetyNinthCounts() {
        for (int i = 1; i <= 100; i++) {
            count(i);
        }
        assertThat(replies.millis(0.5)).isEqualTo(50.0);
        assertThat(replies.millis(0.99)).isEqualTo(99.0);
        assertThat(replies.millis(1)).isEqualTo(100.0);
    }
}
