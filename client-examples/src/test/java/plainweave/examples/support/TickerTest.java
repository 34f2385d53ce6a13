package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TickerTest {
    private static final Duration PACE = Duration.ofMillis(1);

    @Test
    void workIsDoneOverAndOverUntilItIsClosed() throws InterruptedException {
        CountDownLatch thrice = new CountDownLatch(3);
        AtomicInteger done = new AtomicInteger();
        AtomicReference<Thread> worker = new AtomicReference<>();
        try (Ticker ticker = new Ticker("ticker-test", PACE, () -> {
            worker.set(Thread.currentThread());
            done.incrementAndGet();
            thrice.countDown();
        })) {
            assertThat(thrice.await(10, TimeUnit.SECONDS)).isTrue();
        }
        int last = done.get();

        Thread own = worker.get();
        assertThat(own.join(Duration.ofSeconds(10))).as("its thread has ended").isTrue();
        assertThat(done).hasValue(last);
    }

    @Test
    void workThatFailedIsToldWhenItIsClosed() throws InterruptedException {
        CountDownLatch failed = new CountDownLatch(1);
        IllegalArgumentException why = new IllegalArgumentException("why");
        Ticker ticker = new Ticker("ticker-test", PACE, () -> {
            failed.countDown();
            throw why;
        });
        assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();

        assertThatThrownBy(ticker::close)
                .isInstanceOf(IllegalStateException.class)
                .hasCause(why);
    }
}
