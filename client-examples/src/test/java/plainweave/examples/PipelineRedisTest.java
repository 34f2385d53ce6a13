package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.testing.FaultServer;

class PipelineRedisTest {
    private static final String HELLO = "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n";

    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void allCallersShareOneConnectionAndEachGetsItsOwnReply() {
        Ran ran = Ran.with(PipelineRedis::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine())
                .matches("PipelineRedis calls=16000 failed=0 connections=1 pooled_rate=\\d+ shared_rate=\\d+"
                        + " ratio=\\d+\\.\\d{2}");
        assertThat(ran.out())
                .containsPattern("(?m)^connections +\\d+ +1 +[0-9.]+$")
                .containsPattern("(?m)^calls/s( +[0-9,.]+){3}$");
    }

    @Test
    void aServerThatRefusesIsOneClearLine() {
        assertThat(complaint("-NOAUTH Authentication required.\r\n"))
                .endsWith(" refuses ECHO: NOAUTH Authentication required.");
    }

    @Test
    void aServerThatSaysSomethingElseIsOneClearLine() {
        assertThat(complaint("$5\r\nworld\r\n")).endsWith(" is no echo server: its answer to hello is not hello");
    }

    private static String complaint(String reply) {
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readExactly(HELLO.length()).reply(reply))) {
            String target = server.host() + ":" + server.port();
            Ran ran = Ran.with(PipelineRedis::run, Map.of("scale", "0.001", "target", target));

            assertThat(ran.exitCode()).isOne();
            assertThat(ran.out()).isEmpty();
            return String.join("\n", ran.complaints());
        }
    }
}
