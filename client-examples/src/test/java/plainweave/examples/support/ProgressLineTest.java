package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Work work = new Work(200);

    private PrintStream stream(Charset charset) {
        return new PrintStream(out, false, charset);
    }

    private void advance(int pieces) {
        for (int i = 0; i < pieces; i++) {
            work.check(true, "");
        }
    }

    @Test
    void onATerminalOneLineIsRedrawnAndTakenAwayInTheEnd() throws InterruptedException {
        CountDownLatch drawn = new CountDownLatch(2);
        ProgressLine line = new ProgressLine(
                stream(StandardCharsets.UTF_8),
                true,
                work,
                () -> {
                    drawn.countDown();
                    return 3_000;
                },
                "waiting");
        line.start();
        advance(50);
        assertThat(drawn.await(10, TimeUnit.SECONDS)).isTrue();
        line.close();

        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(text)
                .doesNotContain("\n")
                .contains("\r\u001b[?7l 25 %  █████░░░░░░░░░░░░░░░   50 of 200  ", "3,000 waiting\u001b[K");
        assertThat(text).endsWith("\r\u001b[K\u001b[?7h");
    }

    @Test
    void elsewhereThereIsALineForEachTenth() {
        ProgressLine line = new ProgressLine(stream(StandardCharsets.US_ASCII), false, work, () -> 3_000, "waiting");
        for (int i = 1; i <= 200; i++) {
            advance(1);
            line.draw(System.nanoTime());
        }
        assertThat(out.toString(StandardCharsets.US_ASCII).lines())
                .hasSize(9)
                .allMatch(each -> each.matches(" [1-9]0 %  #+\\.+  [ \\d]{3} of 200  [ 0-9,]{9,}/s  3,000 waiting"));
    }
}
