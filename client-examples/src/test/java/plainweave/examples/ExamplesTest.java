package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plainweave.examples.support.Jvm;

class ExamplesTest {
    private static final Path SOURCES = Path.of("src", "main", "java", "plainweave", "examples");
    private static final int MOST_LINES = 80;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    static List<String> names() {
        return Examples.names();
    }

    @Test
    void everyFileOfThePackageIsAnExample() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                    names().stream().map(name -> name + ".java"),
                                    Stream.of("Examples.java", "package-info.java"))
                            .toList());
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void anExampleIsReadInOneGo(String example) throws IOException {
        assertThat(Files.readAllLines(SOURCES.resolve(example + ".java"))).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void withoutANameEachIsListed() {
        Ran ran = Ran.with(Examples::run, Map.of("example", " "));

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.out()).contains("-Dexample=");
        for (String name : names()) {
            assertThat(ran.out()).containsPattern("(?m)^" + name + " {2,}[a-z]");
        }
    }

    @Test
    void aWrongNameSaysWhichThereAre() {
        Ran ran = Ran.with(Examples::run, Map.of("example", "Nothing"));

        assertThat(ran.exitCode()).isOne();
        assertThat(ran.out()).isEmpty();
        assertThat(ran.complaints()).containsExactly("no example 'Nothing': there are " + String.join(", ", names()));
    }

    @ParameterizedTest
    @MethodSource("names")
    void theNamedOneRunsAndEndsWithALineThatBeginsWithItsName(String example) {
        Ran ran = Ran.with(Examples::run, Map.of("example", example, "scale", "0.001"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).matches(example + "( [a-z][a-z0-9_]*=\\S+)+");
    }

    @Test
    void oneThatNeedsLittleMemoryHasAJvmThatGivesNoMore() {
        try (Jvm examples =
                Jvm.start(List.of("-Dexample=StreamALargeReply", "-Dscale=0.1", "-Xmx128m"), Examples.class)) {
            String line = examples.line();
            while (!line.startsWith("StreamALargeReply ")) {
                line = examples.line();
            }
            assertThat(line).matches("StreamALargeReply bytes=107347968 failed=0 heap_max_mib=1[0-6] mib_per_s=\\d+");
        }
    }
}
