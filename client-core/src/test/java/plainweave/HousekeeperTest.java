package plainweave;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class HousekeeperTest {
    private static final Logger QUIET = Logger.getLogger("plainweave");

    @Test
    void aRoundThatThrowsIsNotTheLast() {
        QUIET.setLevel(Level.OFF);
        AtomicInteger rounds = new AtomicInteger();
        Runnable round = () -> {
            if (rounds.incrementAndGet() % 2 == 0) {
                throw new IllegalStateException("of a user's own equals, say");
            }
            throw new StackOverflowError("the same");
        };
        try (Housekeeper unlucky = new Housekeeper(round, Duration.ofMillis(1))) {
            Callers.until("it comes round again", () -> rounds.get() >= 5);
        }
    }
}
