package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A link inside the project leads to a file that is there, and to a heading in it. */
class LinksTest {
    @Test
    void allLeadSomewhere() {
        List<String> dead = new ArrayList<>();
        Repository.pages().forEach(page -> dead.addAll(dead(page)));

        assertThat(dead).isEmpty();
    }

    @Test
    void theIndexLeadsToEveryPage() {
        Set<Path> led = new LinkedHashSet<>();
        Deque<Page> unread = new ArrayDeque<>(List.of(Repository.page("docs/README.md")));
        while (!unread.isEmpty()) {
            Page page = unread.remove();
            page.links().stream()
                    .filter(link -> !outside(link.text()))
                    .map(link -> target(page, link.text()))
                    .filter(path -> path.toString().endsWith(".md") && led.add(path))
                    .forEach(path -> unread.add(Page.read(path)));
        }

        assertThat(Repository.pages("docs")).extracting(Page::path).isNotEmpty().isSubsetOf(led);
    }

    @Test
    void aFileOrHeadingThatIsNotThereIsFound(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("other.md"), "# A page\n\n## Who's `next`, and why?\n\n## Twice\n\n## Twice\n");
        Page page = Page.of(folder.resolve("page.md"), """
                # Here
                [a](other.md) [b](other.md#whos-next-and-why) [c](other.md#twice-1) [d](#here) [e](https://a.example/)
                ```
                [not](a-link.md)
                ```
                `[neither](is-this.md)`
                [x](gone.md) [y](other.md#nothing) ![z](gone.svg) [w](#nowhere)
                """);

        assertThat(dead(page))
                .containsExactly(
                        "page.md:7: gone.md",
                        "page.md:7: other.md#nothing",
                        "page.md:7: gone.svg",
                        "page.md:7: #nowhere");
    }

    private static List<String> dead(Page page) {
        return page.links().stream()
                .filter(link -> !outside(link.text()) && !leads(page, link.text()))
                .map(link -> page.at(link.line()) + " " + link.text())
                .toList();
    }

    private static boolean outside(String link) {
        return link.matches("[a-z]+:.*");
    }

    private static Path target(Page page, String link) {
        String file = link.split("#", 2)[0];
        return file.isEmpty() ? page.path() : page.path().resolveSibling(file).normalize();
    }

    private static boolean leads(Page page, String link) {
        Path target = target(page, link);
        String[] parts = link.split("#", 2);
        if (parts.length == 1) {
            return Files.exists(target);
        }
        Page there = target.equals(page.path()) ? page : Files.isRegularFile(target) ? Page.read(target) : null;
        return there != null && there.anchors().contains(parts[1]);
    }
}
