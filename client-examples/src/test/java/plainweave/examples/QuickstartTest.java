package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class QuickstartTest {
    private static final Script ECHO = FaultServer.script().readLine().replyWith(QuickstartTest::line);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static byte[] line(byte[] frame) {
        byte[] line = Arrays.copyOf(frame, frame.length + 1);
        line[frame.length] = '\n';
        return line;
    }

    @Test
    void noExchangeIsLostAndNoMoreConnectionsAreOpenedThanAllowed() {
        Ran ran = Ran.with(Quickstart::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith("Quickstart ");
        assertThat(ran.figures())
                .containsOnlyKeys("exchanges", "failed", "rate", "p50_us", "p99_us", "connections")
                .containsEntry("exchanges", "4000")
                .containsEntry("failed", "0");
        assertThat(ran.figure("connections")).isBetween(1L, 64L);
        assertThat(ran.figure("rate")).isPositive();
        assertThat(ran.figure("p50_us")).isPositive().isLessThanOrEqualTo(ran.figure("p99_us"));
        assertThat(ran.out())
                .containsPattern("(?m)^URGENT +1,340 ")
                .containsPattern("(?m)^NORMAL +1,340 ")
                .containsPattern("(?m)^BACKGROUND +1,320 ")
                .containsPattern("(?m)^all +4,000 ")
                .containsPattern("(?m)^DNS hits +\\d")
                .containsPattern("(?m)^permits +64 +out at most, of 64$")
                .containsPattern("(?m)^queue +\\d+ +callers waiting at most$");
    }

    @Test
    void itDrivesTheServerItIsTold() {
        try (EchoServer server = EchoServer.start()) {
            Ran ran =
                    Ran.with(Quickstart::run, Map.of("scale", "0.001", "target", server.host() + ":" + server.port()));

            assertThat(ran.complaints()).isEmpty();
            assertThat(ran.exitCode()).isZero();
            assertThat(ran.figure("exchanges")).isEqualTo(200);
            assertThat(server.connections()).isEqualTo(1 + (int) ran.figure("connections")); // one to greet it
        }
    }

    @ParameterizedTest
    @CsvSource({
        "nonsense,               has no port",
        "localhost:port,         is not a port number",
        "localhost:65536,        is not in 1 to 65535",
        "no/host:7,              which no host name has",
        "no-such-host.invalid:7, no-such-host.invalid:7: no connection",
    })
    void aWrongTargetIsOneClearLine(String target, String why) {
        assertOneComplaint(target, why);
    }

    @Test
    void aTargetThatRefusesIsOneClearLine() {
        try (DeadPort refusing = FaultServer.refusing()) {
            String target = "localhost:" + refusing.port();
            assertOneComplaint(target, target + ": no connection");
        }
    }

    @Test
    void aTargetThatHangsUpIsOneClearLine() {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().close())) {
            assertOneComplaint(server.host() + ":" + server.port(), "connection lost");
        }
    }

    @Test
    void aTargetThatSaysSomethingElseIsOneClearLine() {
        try (FaultServer server =
                FaultServer.start(FaultServer.script().readLine().reply("welcome\r\n"))) {
            assertOneComplaint(server.host() + ":" + server.port(), "is no echo server");
        }
    }

    private static void assertOneComplaint(String target, String why) {
        Ran ran = Ran.with(Quickstart::run, Map.of("scale", "0.001", "target", target));

        assertThat(ran.exitCode()).isOne();
        assertThat(ran.out()).isEmpty();
        assertThat(ran.complaints()).singleElement().asString().contains(why);
    }

    @Test
    void aWrongReplyIsAFailedExchange() {
        Script wrong =
                ECHO.then(FaultServer.script().readLine().reply("wrong\n").repeat());
        try (FaultServer server = FaultServer.start(wrong)) {
            assertFailure(server, 20, "a reply was not what had been sent");
        }
    }

    @Test
    void aCallerWhoseConnectionIsLostGivesUpAndAllItsExchangesCountAsFailed() {
        Script lost = ECHO.then(ECHO.repeat(5).readLine().close());
        try (FaultServer server = FaultServer.start(lost)) {
            assertFailure(server, 15, "connection lost");
        }
    }

    private static void assertFailure(FaultServer server, int failed, String why) {
        Ran ran = Ran.with(Quickstart::run, Map.of("scale", "0.0001", "target", server.host() + ":" + server.port()));

        assertThat(ran.exitCode()).isOne();
        assertThat(ran.complaints()).singleElement().asString().contains(failed + " of 20 failed", why);
        assertThat(ran.figure("exchanges")).isEqualTo(20);
        assertThat(ran.figure("failed")).isEqualTo(failed);
    }
}
