package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class MillionItemsTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void everyItemIsDone() {
        Ran ran = Ran.with(MillionItems::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("MillionItems ");
        assertThat(ran.figures())
                .containsOnlyKeys("done", "failed", "heap_max_mib")
                .containsEntry("done", "20000")
                .containsEntry("failed", "0");
        assertThat(ran.figure("heap_max_mib"))
                .isEqualTo(Runtime.getRuntime().maxMemory() >> 20)
                .isPositive();
    }

    @Test
    void itDrivesTheServerItIsTold() {
        try (EchoServer server = EchoServer.start()) {
            Ran ran = Ran.with(
                    MillionItems::run, Map.of("scale", "0.001", "target", server.host() + ":" + server.port()));

            assertThat(ran.exitCode()).isZero();
            assertThat(ran.figure("done")).isEqualTo(1_000);
            assertThat(server.connections()).isBetween(2, 1 + 64); // one to greet it
        }
    }

    @Test
    void anItemThatFailsIsCountedAndTheOthersAreDone() {
        Script echo = FaultServer.script().readLine().reply("hello\n");
        Script wrong = FaultServer.script().readLine().close();
        try (FaultServer server = FaultServer.start(echo.then(wrong))) {
            Ran ran = Ran.with(
                    MillionItems::run, Map.of("scale", "0.00001", "target", server.host() + ":" + server.port()));

            assertThat(ran.exitCode()).isOne();
            assertThat(ran.complaints()).singleElement().asString().contains("10 of 10 failed", "connection lost");
            assertThat(ran.figures()).containsEntry("done", "0").containsEntry("failed", "10");
        }
    }
}
