package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plainweave.observe.micrometer.Meters;

/** A meter that the pages name is one there is. */
class MeterNamesTest {
    private static final Pattern NAME = Pattern.compile("plainweave\\.[a-z][a-z.]*[a-z]");

    private static final Set<String> METERS =
            Arrays.stream(Meters.values()).map(Meters::meterName).collect(Collectors.toSet());

    @Test
    void allNamesAreMetersPackagesOrModules() {
        List<String> unknown = Repository.pages().stream()
                .flatMap(page -> unknown(page).stream())
                .toList();

        assertThat(unknown).isEmpty();
    }

    @Test
    void theGuideHasEveryMeterWithItsTags() {
        List<List<String>> rows = Repository.page("docs/guide/08-meters-events-dumps.md").rows().stream()
                .filter(row -> row.cells().getFirst().startsWith("`plainweave."))
                .map(row -> row.cells().subList(0, 2))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(Meters.values())
                        .map(meter -> List.of(
                                "`" + meter.meterName() + "`",
                                meter.tags().stream()
                                        .map(tag -> "`" + tag + "`")
                                        .collect(Collectors.joining(", "))))
                        .toList());
    }

    @Test
    void aNameThatIsNeitherIsFound() {
        Page page = Page.of(
                Path.of("page.md"),
                "`plainweave.exchange` `plainweave.queue.wait` `plainweave.observe` `plainweave.core`\n`plainweave.nothing`\n");

        assertThat(unknown(page)).containsExactly("page.md:2: plainweave.nothing");
    }

    private static List<String> unknown(Page page) {
        return page.inlineCode().stream()
                .filter(code -> NAME.matcher(code.text()).matches())
                .filter(code -> !METERS.contains(code.text()) && !isPackage(code.text()) && !isModule(code.text()))
                .map(code -> page.at(code.line()) + " " + code.text())
                .toList();
    }

    private static boolean isPackage(String name) {
        String folder = name.replace('.', '/');
        return List.of("client-core", "client-testing", "client-examples", "benchmarks").stream()
                .flatMap(module -> Stream.of(module + "/src/main/java/", module + "/src/test/java/"))
                .anyMatch(sources -> Files.isDirectory(Repository.root().resolve(sources + folder)));
    }

    private static boolean isModule(String name) {
        return Repository.files("module-info.java").stream()
                .anyMatch(file -> Repository.text(file).contains("module " + name + " {"));
    }
}
