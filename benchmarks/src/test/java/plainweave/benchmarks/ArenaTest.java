package plainweave.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The whole of it, so that it runs when somebody wants to measure. Its figures mean nothing. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class ArenaTest {

    @TempDir
    Path results;

    @Test
    void playsAndReports() throws Exception {
        List<String> shown = play("serial-64", "bare-channel,netty-epoll");

        assertThat(shown)
                .anyMatch(line -> line.startsWith("serial-64; peers: 2, rounds: 1; about 6 s; "))
                .anyMatch(line -> line.matches("arena job=serial-64-unpinned peer=netty-epoll exchanges_per_s=[1-9]\\d*"
                        + " cpu_us=[0-9.]+ p99_us=\\d+ ratio=-"));
        assertThat(Files.readString(results.resolve("serial-64-unpinned.md"))).contains("| netty-epoll");
        assertThat(Files.readAllLines(results.resolve("serial-64-unpinned.csv")))
                .hasSize(3);
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(results.resolve("serial-64-unpinned.svg").toFile());
    }

    @Test
    void aJobThatNobodyDoesIsToldAndEndsNothing() throws Exception {
        List<String> shown = play("serial-64,pipelined-1000x4", "netty-pipelined-vt");

        assertThat(shown)
                .contains("serial-64 is left out: none of the peers asked for does it")
                .anyMatch(line -> line.startsWith("pipelined-1000x4; peers: 1, rounds: 1; about 3 s; "))
                .anyMatch(line -> line.startsWith("arena job=pipelined-1000x4-unpinned peer=netty-pipelined-vt "));
    }

    @Test
    void variantsAreReportedUnderNamesOfTheirOwn() throws Exception {
        List<String> shown = play("serial-64", "bare-channel,vt-socket", "arena.deadlines", "arena.metrics");

        String name = "serial-64-deadlines-metrics-unpinned";
        assertThat(shown)
                .contains("- left out, because there is no way to do this job with it: bare-channel")
                .anyMatch(line -> line.startsWith("arena job=" + name + " peer=plainweave "))
                .anyMatch(line -> line.startsWith("arena job=" + name + " peer=plainweave-metrics "))
                .anyMatch(line -> line.startsWith("arena job=" + name + " peer=vt-socket "));
        assertThat(Files.readString(results.resolve(name + ".md"))).contains("SO_TIMEOUT");
    }

    private List<String> play(String job, String peers, String... further) throws Exception {
        Properties said = new Properties();
        said.setProperty("arena.job", job);
        said.setProperty("arena.peers", peers);
        said.setProperty("arena.rounds", "1");
        said.setProperty("arena.seconds", "1");
        said.setProperty("arena.warmup", "1");
        said.setProperty("arena.pin", "false");
        said.setProperty("arena.results", results.toString());
        for (String option : further) {
            said.setProperty(option, "true");
        }
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        int status = Arena.run(ArenaOptions.from(said), new PrintStream(shown, true, StandardCharsets.UTF_8));
        List<String> lines = shown.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(status).as(() -> String.join("\n", lines)).isZero();
        return lines;
    }
}
