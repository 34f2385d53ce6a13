package plainweave.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The whole of it once, so that it runs when somebody wants to measure. Its figures mean nothing. */
@EnabledOnOs(OS.LINUX)
class ArenaTest {

    @Test
    @Timeout(120)
    void playsAndReports(@TempDir Path results) throws Exception {
        Properties said = new Properties();
        said.setProperty("arena.job", "serial-64");
        said.setProperty("arena.peers", "bare-channel,netty-epoll,netty-pool");
        said.setProperty("arena.rounds", "1");
        said.setProperty("arena.seconds", "1");
        said.setProperty("arena.warmup", "1");
        said.setProperty("arena.pin", "false");
        said.setProperty("arena.results", results.toString());
        ByteArrayOutputStream shown = new ByteArrayOutputStream();

        int status = Arena.run(ArenaOptions.from(said), new PrintStream(shown, true, StandardCharsets.UTF_8));

        assertThat(shown.toString(StandardCharsets.UTF_8).lines())
                .anyMatch(line -> line.startsWith("serial-64; peers: 3, rounds: 1; about 9 s; "))
                .anyMatch(line -> line.matches("arena job=serial-64 peer=netty-epoll exchanges_per_s=[1-9]\\d*"
                        + " cpu_us=[0-9.]+ p99_us=\\d+ ratio=-"));
        assertThat(status).isZero();
        assertThat(Files.readString(results.resolve("serial-64-unpinned.md"))).contains("| netty-epoll");
        assertThat(Files.readAllLines(results.resolve("serial-64-unpinned.csv")))
                .hasSize(4);
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(results.resolve("serial-64-unpinned.svg").toFile());
    }
}
