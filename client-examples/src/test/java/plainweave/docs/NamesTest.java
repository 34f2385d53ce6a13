package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.pool2.KeyedPooledObjectFactory;
import org.apache.commons.pool2.impl.AbandonedConfig;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.junit.jupiter.api.Test;

/** A name in a sentence is one that the sources have: so pages are found that still have it when it is gone. */
class NamesTest {
    private static final Pattern WORD = Pattern.compile("[A-Za-z_]\\w*");

    /**
     * Flags and properties of the JDK; jobs and peers of the arena, as in {@code serial-64}; commands and scripts, which have tests of
     * their own; files, tags and variables of a shell.
     */
    private static final Pattern NO_NAME_OF_JAVA = Pattern.compile(
            "-.*|jdk\\..*|[a-z0-9]+(-[a-z0-9]+)+|mvn .*|exec:exec@.*|git .*|sed .*|\\.ci/.*|[A-Z-]+\\.md|v\\d[.\\d]*|[A-Z]+=.*");

    private static final Pattern SCRIPT = Pattern.compile("\\.ci/[\\w-]+");

    private static final Set<String> WORDS = words();

    private static Set<String> words() {
        Set<String> words = new HashSet<>();
        Stream.concat(Repository.files(".java").stream(), Repository.files("pom.xml").stream())
                .filter(file -> !file.endsWith("NamesTest.java"))
                .map(Repository::text)
                .flatMap(NamesTest::wordsOf)
                .forEach(words::add);
        return words;
    }

    private static Stream<String> wordsOf(String text) {
        return WORD.matcher(text).results().map(match -> match.group());
    }

    @Test
    void theGuideNamesWhatIsThere() {
        List<Page> pages = new ArrayList<>(Repository.pages("docs/guide"));
        List.of("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md").forEach(path -> pages.add(Repository.page(path)));

        assertThat(pages).hasSizeGreaterThan(10);
        assertThat(pages.stream().flatMap(page -> unknown(page, page.inlineCode())))
                .isEmpty();
    }

    @Test
    void aScriptThatIsNamedIsThere() {
        List<String> named = Repository.pages().stream()
                .flatMap(page -> page.lines().stream())
                .flatMap(line -> SCRIPT.matcher(line).results().map(match -> match.group()))
                .distinct()
                .toList();

        assertThat(named)
                .contains(".ci/run")
                .allSatisfy(
                        script -> assertThat(Repository.root().resolve(script)).isExecutable());
    }

    @Test
    void thoseWhoComeFromElsewhereAreToldWhatIsHere() {
        List<Page> pages = Repository.pages("docs/migrate");

        assertThat(pages).isNotEmpty();
        for (Page page : pages) {
            List<Page.Found> here = page.rows().stream()
                    .filter(row -> row.head().getLast().equals("here"))
                    .flatMap(row -> Page.of(page.path(), row.cells().getLast()).inlineCode().stream()
                            .map(code -> new Page.Found(row.line(), code.text())))
                    .toList();
            assertThat(here).isNotEmpty();
            assertThat(unknown(page, here)).isEmpty();
        }
    }

    @Test
    void whatIsThereInCommonsPoolIsThere() {
        Set<String> methods = new HashSet<>(Set.of("setSoTimeout", "NoSuchElementException"));
        Stream.of(
                        GenericObjectPoolConfig.class,
                        GenericKeyedObjectPoolConfig.class,
                        AbandonedConfig.class,
                        GenericKeyedObjectPool.class,
                        KeyedPooledObjectFactory.class)
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .forEach(method -> methods.add(method.getName()));
        Page page = Repository.page("docs/migrate/from-commons-pool2.md");
        List<String> there = page.rows().stream()
                .flatMap(row -> Page.of(page.path(), row.cells().getFirst()).inlineCode().stream())
                .map(code -> WORD.matcher(code.text())
                        .results()
                        .findFirst()
                        .orElseThrow()
                        .group())
                .filter(name -> !name.equals("catch"))
                .toList();

        assertThat(there).hasSizeGreaterThan(10).isSubsetOf(methods);
    }

    @Test
    void aNameThatIsGoneIsFound() {
        Page page =
                Page.of(Path.of("page.md"), "`client.evict(endpoint)` `not_kept` `-XX:Nothing`\n`client.vanished()`\n");

        assertThat(unknown(page, page.inlineCode())).containsExactly("page.md:2: vanished");
    }

    private static Stream<String> unknown(Page page, List<Page.Found> codes) {
        return codes.stream()
                .filter(code -> !NO_NAME_OF_JAVA.matcher(code.text()).matches())
                .flatMap(code -> wordsOf(code.text())
                        .filter(word -> !WORDS.contains(word) && !WORDS.contains(word.toUpperCase(Locale.ROOT)))
                        .map(word -> page.at(code.line()) + " " + word));
    }
}
