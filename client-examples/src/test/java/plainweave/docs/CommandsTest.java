package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plainweave.examples.ExampleNames;

/** A Maven command that the pages show names modules, executions, profiles, tests, examples and settings that are there. */
class CommandsTest {
    private static final Pattern EXECUTION_ID =
            Pattern.compile("<execution>\\s*(?:<!--.*?-->\\s*)?<id>([^<]+)</id>", Pattern.DOTALL);
    private static final Pattern PROFILE_ID = Pattern.compile("<profile>\\s*<id>([^<]+)</id>");

    /** Settings of Maven and its plugins, and of {@link SnippetsTest}. */
    private static final Set<String> OTHERS = Set.of(
            "test",
            "it.test",
            "skipTests",
            "surefire.failIfNoSpecifiedTests",
            "failsafe.failIfNoSpecifiedTests",
            "exec.mainClass",
            "newVersion",
            "generateBackupPoms",
            "docs");

    /** What Maven is told to test where a command is to run other tests only. */
    private static final String NO_TEST = "None";

    private static final Map<String, String> POMS = poms();
    private static final String SOURCES =
            Repository.files(".java").stream().map(Repository::text).collect(Collectors.joining("\n"));

    private static Map<String, String> poms() {
        Map<String, String> poms = new TreeMap<>();
        for (Path pom : Repository.files("pom.xml")) {
            poms.put(Repository.root().relativize(pom.getParent()).toString(), Repository.text(pom));
        }
        return poms;
    }

    @Test
    void allNameWhatIsThere() {
        List<String> commands = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (Page page : Repository.pages()) {
            for (Page.Found command : commands(page)) {
                commands.add(command.text());
                wrong(command.text()).forEach(what -> wrong.add(page.at(command.line()) + " " + what));
            }
        }

        assertThat(commands).contains("mvn verify", "mvn -q -pl client-examples -am compile exec:exec@quickstart");
        assertThat(wrong).isEmpty();
    }

    @Test
    void whatIsNotThereIsFound() {
        assertThat(wrong("mvn -q -pl client-nothing -am compile")).containsExactly("there is no module client-nothing");
        assertThat(wrong("mvn -pl client-examples exec:exec@nothing"))
                .containsExactly("client-examples has no execution nothing");
        assertThat(wrong("mvn -pl client-examples exec:exec -Dexample=Nothing"))
                .containsExactly("there is no example Nothing");
        assertThat(wrong("mvn verify -Pnothing")).containsExactly("there is no profile nothing");
        assertThat(wrong("mvn verify -Dnothing.at.all=5")).containsExactly("nobody reads nothing.at.all");
        assertThat(wrong("mvn test -Dtest=NothingTest")).containsExactly("there is no test NothingTest");
        assertThat(wrong("mvn test -Dtest='CommandsTest,Nothing*,plainweave.docs.**,plainweave.nothing.**'"))
                .containsExactly("there is no test Nothing*", "there is no test plainweave.nothing.**");
        assertThat(wrong("mvn -q -Psoak verify -Dsoak.seconds=600 -Dtest=CommandsTest"))
                .isEmpty();
    }

    @Test
    void commandsAreFoundInBlocksAndInSentences() {
        Page page = Page.of(
                Path.of("page.md"), "```\nmvn verify\nls\n  mvn -q \\\n  test\n```\nor `mvn compile`, not `mvn`\n");

        assertThat(commands(page))
                .extracting(Page.Found::text)
                .containsExactly("mvn verify", "mvn -q test", "mvn compile");
    }

    private static List<Page.Found> commands(Page page) {
        List<Page.Found> commands = new ArrayList<>();
        for (Page.Block block : page.blocks()) {
            String joined = String.join("\n", block.code()).replaceAll("\\\\\n\\s*", "");
            joined.lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("mvn "))
                    .forEach(line -> commands.add(new Page.Found(block.line(), line)));
        }
        page.inlineCode().stream()
                .filter(code -> code.text().startsWith("mvn "))
                .forEach(commands::add);
        return commands;
    }

    private static List<String> wrong(String command) {
        List<String> words = Arrays.asList(command.split("\\s+"));
        List<String> wrong = new ArrayList<>();
        List<String> modules = new ArrayList<>();
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("-pl")) {
                modules.addAll(List.of(words.get(i + 1).split(",")));
            } else if (word.startsWith("-P")) {
                String profile = word.substring(2);
                wrong.addAll(
                        unless(ids(PROFILE_ID, POMS.keySet()).contains(profile), "there is no profile " + profile));
            } else if (word.startsWith("-D")) {
                wrong.addAll(wrongSetting(word.substring(2)));
            }
        }
        Set<String> known = new TreeSet<>(modules);
        known.retainAll(POMS.keySet());
        modules.stream()
                .filter(module -> !known.contains(module))
                .forEach(module -> wrong.add("there is no module " + module));
        words.stream().filter(word -> word.startsWith("exec:exec@")).forEach(word -> {
            String id = word.substring("exec:exec@".length());
            wrong.addAll(unless(
                    ids(EXECUTION_ID, known).contains(id), String.join(",", modules) + " has no execution " + id));
        });
        return wrong;
    }

    private static List<String> wrongSetting(String setting) {
        String name = setting.split("=", 2)[0];
        String value = setting.contains("=") ? setting.substring(name.length() + 1) : "";
        if (name.equals("example")) {
            return unless(ExampleNames.all().contains(value), "there is no example " + value);
        }
        if (name.equals("test") || name.equals("it.test")) {
            return Arrays.stream(value.replace("'", "").split(","))
                    .filter(test -> !test.equals(NO_TEST) && !isThere(test.split("#", 2)[0]))
                    .map(test -> "there is no test " + test)
                    .toList();
        }
        boolean read = OTHERS.contains(name)
                || name.startsWith("maven.")
                || SOURCES.contains('"' + name + '"')
                || POMS.values().stream().anyMatch(pom -> pom.contains("${" + name + "}"));
        return unless(read, "nobody reads " + name);
    }

    /** A class of tests by its simple name, or a pattern of Maven's for such names or, with dots, for full ones. */
    private static boolean isThere(String test) {
        PathMatcher wanted = FileSystems.getDefault().getPathMatcher("glob:**/" + test.replace('.', '/') + ".java");
        return Repository.files(".java").stream().anyMatch(wanted::matches);
    }

    private static Set<String> ids(Pattern id, Set<String> modules) {
        return modules.stream()
                .flatMap(module -> id.matcher(POMS.get(module)).results())
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }

    private static List<String> unless(boolean holds, String what) {
        return holds ? List.of() : List.of(what);
    }

    @Test
    void theVersionAndTheModulesToDependOnAreThoseOfThePoms() {
        String version = first("<version>([^<]+)</version>", POMS.get(""));
        List<String> artifacts = POMS.values().stream()
                .flatMap(pom -> Stream.of(first("<artifactId>(plainweave-(?!parent)[^<]+)</artifactId>", pom)))
                .toList();
        List<Page.Block> blocks = Repository.pages().stream()
                .flatMap(page -> page.blocks().stream())
                .filter(block -> block.language().equals("xml"))
                .toList();

        assertThat(blocks).isNotEmpty();
        for (Page.Block block : blocks) {
            String text = String.join("\n", block.code());
            Pattern ours = Pattern.compile("<groupId>io.github.plainweave</groupId>\\s*<artifactId>([^<]+)</artifactId>"
                    + "\\s*<version>([^<]+)</version>");
            assertThat(ours.matcher(text).results()).isNotEmpty().allSatisfy(match -> {
                assertThat(match.group(1)).isIn(artifacts);
                assertThat(match.group(2)).isEqualTo(version);
            });
        }
    }

    private static String first(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .findFirst()
                .orElse("");
    }
}
