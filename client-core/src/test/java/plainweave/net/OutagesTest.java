package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;

class OutagesTest {
    private static final Endpoint HERE = Endpoint.of("here", 7);
    private static final DialException CAUSE = new DialException(List.of());

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5_000_000);
    private final Outages outages = new Outages(now::get, () -> 0);

    private void later(Duration howMuch) {
        now.addAndGet(howMuch.toNanos());
    }

    @Test
    void afterThePauseOneGoesOutToSeeAndTheOthersGoOnFailing() {
        outages.failed(HERE, CAUSE);
        assertThat(outages.check(HERE)).as("within the pause").isSameAs(CAUSE);
        later(Duration.ofMillis(10));
        assertThat(outages.check(HERE)).as("the one").isNull();
        assertThat(outages.check(HERE)).as("the others").isSameAs(CAUSE);
        outages.over(HERE);
        assertThat(outages.check(HERE)).as("it is back").isNull();
    }

    @Test
    void thePauseDoublesUpToASecond() {
        outages.failed(HERE, CAUSE);
        for (long pause : new long[] {10, 20, 40, 80, 160, 320, 640, 1_000, 1_000}) {
            later(Duration.ofMillis(pause).minusNanos(1));
            assertThat(outages.check(HERE)).as("%d ms are not over", pause).isSameAs(CAUSE);
            later(Duration.ofNanos(1));
            assertThat(outages.check(HERE)).as("%d ms are over", pause).isNull();
            outages.failed(HERE, CAUSE);
        }
    }

    @Test
    void aDialThatProvedNothingLetsTheNextOneGoOut() {
        outages.failed(HERE, CAUSE);
        later(Duration.ofMillis(10));
        assertThat(outages.check(HERE)).isNull();
        outages.inconclusive(HERE);
        assertThat(outages.check(HERE)).as("the next").isNull();
    }

    @Test
    void onlyTheOneThatWentOutToSeeEndsThat() throws Exception {
        outages.failed(HERE, CAUSE);
        later(Duration.ofMillis(10));
        AtomicReference<@Nullable DialException> told = new AtomicReference<>(CAUSE);
        Thread prober = Thread.startVirtualThread(() -> told.set(outages.check(HERE)));
        prober.join();
        assertThat(told).hasNullValue();
        outages.inconclusive(HERE);
        outages.failed(HERE, CAUSE);
        assertThat(outages.check(HERE)).as("it is still out").isSameAs(CAUSE);
        later(Duration.ofSeconds(2));
        assertThat(outages.check(HERE)).as("however long that takes").isSameAs(CAUSE);
    }

    /** The peer may have been back for a while, and a burst would fail but for the one that goes out to see. */
    @Test
    void anOutageNobodyAskedAboutForASecondHoldsOffNobody() {
        outages.failed(HERE, CAUSE);
        later(Duration.ofMillis(1_011));
        assertThat(outages.check(HERE)).as("the first").isNull();
        assertThat(outages.check(HERE)).as("the second").isNull();
    }
}
