package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExamplesTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void withoutANameEachIsListed() {
        Ran ran = Ran.with(Examples::run, Map.of("example", " "));

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.out())
                .contains("-Dexample=")
                .containsPattern("(?m)^Quickstart  ")
                .containsPattern("(?m)^HttpGet  ")
                .containsPattern("(?m)^MillionItems  ")
                .containsPattern("(?m)^DeadlineAcrossShards  ")
                .containsPattern("(?m)^UrgentFirst  ")
                .containsPattern("(?m)^OverloadStaysFlat  ")
                .containsPattern("(?m)^WatchTheMeters  ");
    }

    @Test
    void aWrongNameSaysWhichThereAre() {
        Ran ran = Ran.with(Examples::run, Map.of("example", "Nothing"));

        assertThat(ran.exitCode()).isOne();
        assertThat(ran.out()).isEmpty();
        assertThat(ran.complaints())
                .containsExactly(
                        "no example 'Nothing': there are Quickstart, HttpGet, MillionItems, DeadlineAcrossShards,"
                                + " UrgentFirst, OverloadStaysFlat, WatchTheMeters");
    }

    @ParameterizedTest
    @CsvSource({
        "Quickstart, quickstart",
        "HttpGet, httpget",
        "MillionItems, MillionItems",
        "DeadlineAcrossShards, DeadlineAcrossShards",
        "UrgentFirst, UrgentFirst",
        "OverloadStaysFlat, OverloadStaysFlat",
        "WatchTheMeters, WatchTheMeters",
    })
    void theNamedOneRuns(String example, String lastLine) {
        Ran ran = Ran.with(Examples::run, Map.of("example", example, "scale", "0.001"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).startsWith(lastLine + " ");
    }
}
