package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plainweave.ClientOptions;

/** A table of options and defaults says what the options say. */
class OptionsTest {
    private static final Pattern NAME = Pattern.compile("^`(\\w+)`.*");

    /** Options that are no setting but an object of their own, described where they belong. */
    private static final Set<String> NOT_IN_A_TABLE = Set.of("tls", "dns", "observer");

    /** An option as a table has it. */
    private record Said(String option, String value, String at) {}

    @Test
    void defaultsAreWhatTheyAre() {
        List<Said> said =
                Repository.pages().stream().flatMap(page -> said(page).stream()).toList();

        assertThat(said).extracting(Said::at).anyMatch(at -> at.startsWith("README.md"));
        assertThat(wrong(said)).isEmpty();
    }

    @Test
    void theReadmeHasEveryOption() {
        Set<String> options = new TreeSet<>();
        for (Method method : ClientOptions.Builder.class.getMethods()) {
            if (method.getReturnType() == ClientOptions.Builder.class) {
                options.add(method.getName());
            }
        }
        options.removeAll(NOT_IN_A_TABLE);

        assertThat(said(Repository.page("README.md")))
                .extracting(Said::option)
                .containsExactlyInAnyOrderElementsOf(options);
    }

    @Test
    void aWrongDefaultAndAnOptionThatIsNotThereAreFound() {
        Page page = Page.of(Path.of("page.md"), """
                | option | default | option | default |
                |---|---|---|---|
                | `timeout` (whole call) | 30 s | `maxFrame` | 1 MiB |
                | `maxIdle` | 51 | `nonsense` | 5 |
                | `drain` | 5 min | `idleTimeout` | 6 |

                | option | what for |
                |---|---|
                | `timeout` | patience |
                """);

        assertThat(wrong(said(page)))
                .containsExactly(
                        "page.md:4: maxIdle is 512, not 51",
                        "page.md:4: there is no option nonsense",
                        "page.md:5: drain is 5 s, not 5 min",
                        "page.md:5: idleTimeout is 60 s, not 6");
    }

    private static List<Said> said(Page page) {
        List<Said> said = new ArrayList<>();
        for (Page.Row row : page.rows()) {
            for (int i = 0; i + 1 < Math.min(row.head().size(), row.cells().size()); i++) {
                Matcher name = NAME.matcher(row.cells().get(i));
                boolean option = row.head().get(i).equals("option")
                        && row.head().get(i + 1).equals("default");
                if (option && name.matches()) {
                    said.add(new Said(name.group(1), row.cells().get(i + 1), page.at(row.line())));
                }
            }
        }
        return said;
    }

    private static List<String> wrong(List<Said> said) {
        List<String> wrong = new ArrayList<>();
        for (Said one : said) {
            Optional<String> is = defaultOf(one.option());
            if (is.isEmpty()) {
                wrong.add(one.at() + " there is no option " + one.option());
            } else if (!one.value().matches(Pattern.quote(is.get()) + "\\b.*")) {
                wrong.add(one.at() + " " + one.option() + " is " + is.get() + ", not " + one.value());
            }
        }
        return wrong;
    }

    private static Optional<String> defaultOf(String option) {
        String getter = option.equals("reserve") ? "reserved" : option;
        return Stream.of(ClientOptions.class.getMethods())
                .filter(method -> method.getName().equals(getter) && method.getParameterCount() == 0)
                .map(method -> {
                    try {
                        return inWords(option, method.invoke(ClientOptions.defaults()));
                    } catch (ReflectiveOperationException e) {
                        throw new AssertionError(e);
                    }
                })
                .findFirst();
    }

    private static String inWords(String option, Object value) {
        return switch (value) {
            case Duration time when time.toSeconds() > 60 -> time.toMinutes() + " min";
            case Duration time -> time.toSeconds() + " s";
            case Map<?, ?> none when none.isEmpty() -> "none";
            case Optional<?> none when none.isEmpty() && option.equals("limit") -> "fixed";
            case Optional<?> none when none.isEmpty() -> "the system's choice";
            case Number number when number.longValue() >= 1 << 30 -> (number.longValue() >> 30) + " GiB";
            case Number number when number.longValue() >= 1 << 20 -> (number.longValue() >> 20) + " MiB";
            case Number number -> String.format(Locale.ROOT, "%,d", number.longValue());
            default -> value.toString();
        };
    }
}
