package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** All Java that the pages show is compiled, and most of it run: each block is a region of a test or of an example. */
class SnippetsTest {
    private static final String REWRITE = "mvn -q -pl client-examples -am test -Dtest=SnippetsTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Ddocs=apply";

    private static final Map<String, List<String>> REGIONS = Regions.in(sources());

    private static List<Path> sources() {
        Path tests = Repository.root().resolve("client-examples/src/test/java/plainweave/docs");
        Path examples = Repository.root().resolve("client-examples/src/main/java");
        Path withServers = Repository.root().resolve("integration-tests/src/test/java");
        return Repository.files(".java").stream()
                .filter(file -> file.startsWith(tests) || file.startsWith(examples) || file.startsWith(withServers))
                .toList();
    }

    @BeforeAll
    static void blocksAreRewrittenIfWanted() throws IOException {
        if ("apply".equals(System.getProperty("docs"))) {
            for (Page page : Repository.pages()) {
                Files.write(page.path(), rewritten(page, REGIONS));
            }
        }
    }

    @Test
    void eachBlockIsItsRegion() {
        List<String> wrong = new ArrayList<>();
        Repository.pages().forEach(page -> wrong.addAll(differences(page, REGIONS)));

        assertThat(wrong).as("to rewrite the pages: %s", REWRITE).isEmpty();
    }

    @Test
    void eachRegionIsShown() {
        Set<String> unseen = new HashSet<>(REGIONS.keySet());
        Repository.pages().forEach(page -> page.blocks().forEach(block -> unseen.remove(block.title())));

        assertThat(unseen).isEmpty();
    }

    @Test
    void thePagesThatShowCodeAreLookedAt() {
        assertThat(Repository.pages())
                .filteredOn(page -> !java(page).isEmpty())
                .extracting(Page::toString)
                .contains("README.md", "docs/guide/01-first-call.md", "docs/migrate/from-asyncio.md");
    }

    private static final Map<String, List<String>> ONE_REGION =
            Regions.of("class A {\n    // region a\n    int a;\n    // endregion\n}\n", "A");

    @Test
    void aBlockThatDiffersIsFoundAndRewritten() {
        Page page = Page.of(Path.of("page.md"), "before\n```java a\nint b;\n```\nafter\n");

        assertThat(differences(page, ONE_REGION)).singleElement().asString().startsWith("page.md:2:");
        Page rewritten = new Page(page.path(), rewritten(page, ONE_REGION));
        assertThat(rewritten.lines()).containsExactly("before", "```java a", "int a;", "```", "after");
        assertThat(differences(rewritten, ONE_REGION)).isEmpty();
    }

    @Test
    void aBlockWithoutARegionIsFound() {
        assertThat(differences(Page.of(Path.of("page.md"), "```java\nint a;\n```\n"), ONE_REGION))
                .singleElement()
                .asString()
                .contains("names no region");
        assertThat(differences(Page.of(Path.of("page.md"), "```java c\nint a;\n```\n"), ONE_REGION))
                .singleElement()
                .asString()
                .contains("there is no region c");
    }

    @Test
    void aRegionThatGoesOnLeavesOutWhatLiesBetween() {
        String text =
                "  // region a\n  one {\n  // endregion\n    hidden();\n  // region a\n    two\n  }\n  // endregion\n";

        assertThat(Regions.of(text, "A")).containsEntry("a", List.of("one {", "  two", "}"));
    }

    private static List<Page.Block> java(Page page) {
        return page.blocks().stream()
                .filter(block -> block.language().equals("java"))
                .toList();
    }

    private static List<String> differences(Page page, Map<String, List<String>> regions) {
        List<String> wrong = new ArrayList<>();
        for (Page.Block block : java(page)) {
            List<String> region = regions.get(block.title());
            if (block.title().isEmpty()) {
                wrong.add(page.at(block.line()) + " a java block names no region");
            } else if (region == null) {
                wrong.add(page.at(block.line()) + " there is no region " + block.title());
            } else if (!region.equals(block.code())) {
                wrong.add(page.at(block.line()) + " differs from region " + block.title() + ":\n"
                        + String.join("\n", region));
            }
        }
        return wrong;
    }

    private static List<String> rewritten(Page page, Map<String, List<String>> regions) {
        List<String> lines = new ArrayList<>(page.lines());
        for (Page.Block block : java(page).reversed()) {
            List<String> region = regions.get(block.title());
            if (region != null) {
                List<String> old =
                        lines.subList(block.line(), block.line() + block.code().size());
                old.clear();
                lines.addAll(block.line(), region);
            }
        }
        return lines;
    }
}
