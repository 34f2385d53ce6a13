package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BroadcastTest {
    private final Broadcast broadcast = new Broadcast(3);

    private List<String> after(long number) throws InterruptedException {
        return broadcast.after(number).stream().map(Broadcast.Event::data).toList();
    }

    @Test
    void aReaderGetsWhatCameSinceItReadLast() throws InterruptedException {
        broadcast.add("a");
        broadcast.add("b");

        assertThat(after(0)).containsExactly("a", "b");
        assertThat(after(1)).containsExactly("b");
        broadcast.add("c");
        assertThat(after(2)).containsExactly("c");
    }

    @Test
    void aReaderThatIsTooSlowMissesTheOldest() throws InterruptedException {
        for (String each : "abcdefg".split("")) {
            broadcast.add(each);
        }

        assertThat(after(0)).containsExactly("e", "f", "g");
    }

    @Test
    void aReaderWaitsForTheNextOne() throws Exception {
        CompletableFuture<List<String>> read = new CompletableFuture<>();
        Thread reader = Thread.startVirtualThread(() -> {
            try {
                read.complete(after(1));
            } catch (InterruptedException e) {
                read.completeExceptionally(e);
            }
        });
        broadcast.add("a");
        broadcast.add("b");

        assertThat(read.get(10, TimeUnit.SECONDS)).containsExactly("b");
        reader.join();
    }

    @Test
    void onceItIsOverWhatIsLeftIsReadAndThenNothing() throws InterruptedException {
        broadcast.add("a");
        broadcast.end();

        assertThat(after(0)).containsExactly("a");
        assertThat(after(1)).isEmpty();
    }
}
