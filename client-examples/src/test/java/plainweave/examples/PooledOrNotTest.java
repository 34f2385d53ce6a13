package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class PooledOrNotTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void eachCallOfOneClientHasAConnectionAndThoseOfTheOtherShareSome() {
        Ran ran = Ran.with(PooledOrNot::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("PooledOrNot ");
        assertThat(ran.figures())
                .containsOnlyKeys(
                        "calls",
                        "failed",
                        "pooled_per_s",
                        "unpooled_per_s",
                        "ratio",
                        "connections",
                        "unpooled_connections");
        assertThat(ran.figure("calls")).isEqualTo(400);
        assertThat(ran.figure("failed")).isZero();
        assertThat(ran.figure("unpooled_connections")).isEqualTo(400);
        assertThat(ran.figure("connections")).isBetween(1L, 32L);
        assertThat(ran.figure("pooled_per_s")).isPositive();
        assertThat(ran.figure("unpooled_per_s")).isPositive();
        assertThat(ran.figures().get("ratio")).matches("\\d+\\.\\d\\d");
        assertThat(ran.out())
                .containsPattern("(?m)^ +a connection each +pooled +ratio$")
                .containsPattern("(?m)^calls/s( +[0-9,.]+){3}$")
                .containsPattern("(?m)^connections opened +400( +[0-9.]+){2}$");
    }

    @Test
    void itDrivesTheServerItIsTold() {
        try (EchoServer server = EchoServer.start()) {
            Ran ran =
                    Ran.with(PooledOrNot::run, Map.of("scale", "0.001", "target", server.host() + ":" + server.port()));

            assertThat(ran.exitCode()).isZero();
            long opened = ran.figure("connections") + ran.figure("unpooled_connections");
            assertThat(server.connections()).isEqualTo(1 + (int) opened); // one to greet it
        }
    }

    @Test
    void aWrongReplyIsAFailedCall() {
        Script echo = FaultServer.script().readLine().reply("hello\n");
        Script wrong = FaultServer.script().readLine().reply("wrong\n").repeat();
        try (FaultServer server = FaultServer.start(echo.then(wrong))) {
            Ran ran = Ran.with(
                    PooledOrNot::run, Map.of("scale", "0.0002", "target", server.host() + ":" + server.port()));

            assertThat(ran.exitCode()).isOne();
            assertThat(ran.complaints()).singleElement().asString().contains("8 of 8 failed", "not what had been sent");
            assertThat(ran.figure("failed")).isEqualTo(8);
        }
    }
}
