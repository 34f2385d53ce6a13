package plainweave.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import plainweave.call.ConnectionLostException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;

class ExchangeReportTest {
    private static final Endpoint HERE = Endpoint.of("localhost", 7);

    private static Progress progress() {
        Progress progress = new Progress(0);
        progress.enter(Phase.WRITE, 12_000);
        progress.enter(Phase.READ, 20_000);
        progress.finish(50_000);
        return progress;
    }

    @Test
    void aCallThatWentWellSaysSo() {
        ExchangeReport report = new ExchangeReport(HERE, Priority.NORMAL, progress(), null);

        assertThat(report.failure()).isEmpty();
        assertThat(report).hasToString("localhost:7 NORMAL done in QUEUE 12.0 µs, WRITE 8.00 µs, READ 30.0 µs");
    }

    @Test
    void aCallThatFailedNamesItsFailure() {
        ConnectionLostException lost =
                new ConnectionLostException("gone", "", HERE, progress(), new IOException("reset"));
        ExchangeReport report = new ExchangeReport(HERE, Priority.URGENT, progress(), lost);

        assertThat(report.failure()).containsSame(lost);
        assertThat(report.endpoint()).isEqualTo(HERE);
        assertThat(report.priority()).isEqualTo(Priority.URGENT);
        assertThat(report.toString()).startsWith("localhost:7 URGENT ConnectionLostException in QUEUE");
    }

    @Test
    void aLookupHasAFailureOrNot() {
        assertThat(new Resolved("db.test", List.of(), Duration.ZERO, null).failure())
                .isEmpty();
        IOException cause = new IOException("no");
        assertThat(new Resolved("db.test", List.of(), Duration.ZERO, cause).failure())
                .containsSame(cause);
    }

    @Test
    void statsAreOneLineForPeople() {
        ClientStats stats = new ClientStats(
                3, 512, 7, 2, Map.of(Priority.NORMAL, 2), 9, 3, 4, 0, 11, 4, 100, 5, 1, 0, 0, 579_862_528);

        assertThat(stats)
                .hasToString("permits 3/512 out, 2 waiting, connections 3 in use 4 idle (11 opened 4 closed),"
                        + " dns 100 hits 5 lookups 1 failed, memory at most 553.0 MiB");
    }

    @Test
    void statsTellOfSocketsWhereThereAreAny() {
        ClientStats stats = new ClientStats(0, 512, 0, 0, Map.of(), 0, 0, 0, 3, 11, 8, 0, 0, 0, 0, 0, 0);

        assertThat(stats.toString()).contains("connections 0 in use 0 idle 3 as sockets (11 opened 8 closed),");
    }

    @Test
    void bytesAreSaidWithTheirUnit() {
        assertThat(Bytes.inWords(0)).isEqualTo("0 bytes");
        assertThat(Bytes.inWords(1_023)).isEqualTo("1023 bytes");
        assertThat(Bytes.inWords(1_024)).isEqualTo("1.0 KiB");
        assertThat(Bytes.inWords(1L << 30)).isEqualTo("1.0 GiB");
        assertThat(Bytes.inWords(Long.MAX_VALUE)).endsWith(" TiB");
    }
}
