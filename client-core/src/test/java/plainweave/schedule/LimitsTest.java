package plainweave.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;
import plainweave.call.Limit;

class LimitsTest {
    private static final Endpoint HERE = Endpoint.of("here", 1);

    @Test
    void anEndpointNobodyHasCalledForLongIsForgotten() {
        AtomicInteger made = new AtomicInteger();
        Limits limits = new Limits(
                most -> {
                    made.incrementAndGet();
                    return Limit.fixed(2);
                },
                4);
        assertThat(limits.of(HERE, 0)).isEqualTo(2);
        limits.sweep(Duration.ofSeconds(1).toNanos());
        assertThat(limits.of(HERE, Duration.ofSeconds(1).toNanos())).isEqualTo(2);
        assertThat(made).hasValue(1);
        long later = Duration.ofDays(1).toNanos();
        limits.sweep(later);
        assertThat(limits.known(HERE)).as("nothing is known of it").isEqualTo(4);
        assertThat(limits.of(HERE, later)).isEqualTo(2);
        assertThat(made).hasValue(2);
    }
}
