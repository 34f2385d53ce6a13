package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import plainweave.observe.micrometer.Meters;

/** The dashboard and the alert rules under docs name only what there is. */
class ObservabilityTest {
    private static final Path DOCS = Path.of("..", "docs", "observability");
    private static final Pattern SHOWN = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)\\s*}}");
    private static final int GRID_WIDTH = 24;

    private final Exposed exposed = new Exposed();

    private static Map<?, ?> read(String file) throws IOException {
        LoadSettings settings = LoadSettings.builder().setLabel(file).build();
        return (Map<?, ?>) new Load(settings).loadFromString(Files.readString(DOCS.resolve(file)));
    }

    private static List<Map<?, ?>> children(Map<?, ?> of, String name) {
        List<Map<?, ?>> children = new ArrayList<>();
        for (Object child : (List<?>) of.get(name)) {
            children.add((Map<?, ?>) child);
        }
        return children;
    }

    private static Set<String> shown(Object... texts) {
        Set<String> labels = new HashSet<>();
        for (Object text : texts) {
            SHOWN.matcher(text.toString()).results().forEach(label -> labels.add(label.group(1)));
        }
        return labels;
    }

    @Test
    void everyMeterIsExposedToPrometheus() {
        for (Meters meter : Meters.values()) {
            String name = meter.meterName().replace('.', '_').replaceAll("_total$", "");
            assertThat(exposed.names()).anyMatch(series -> series.matches(name + "(_total|_seconds_count)?"));
        }
    }

    @Test
    void panelsNameOnlyWhatThereIs() throws IOException {
        List<Map<?, ?>> panels = children(read("grafana-dashboard.json"), "panels");
        panels.removeIf(panel -> "row".equals(panel.get("type")));

        assertThat(panels).isNotEmpty().allSatisfy(panel -> {
            List<Map<?, ?>> targets = children(panel, "targets");
            assertThat(targets)
                    .isNotEmpty()
                    .allSatisfy(target -> assertThat(
                                    exposed.missing(target.get("expr").toString(), shown(target.get("legendFormat"))))
                            .isEmpty());
        });
    }

    @Test
    void variablesNameOnlyWhatThereIs() throws IOException {
        List<Map<?, ?>> variables =
                children((Map<?, ?>) read("grafana-dashboard.json").get("templating"), "list");
        variables.removeIf(variable -> !"query".equals(variable.get("type")));

        assertThat(variables).isNotEmpty().allSatisfy(variable -> {
            String query = ((Map<?, ?>) variable.get("query")).get("query").toString();
            assertThat(query).isEqualTo(variable.get("definition"));
            String label = query.substring(query.lastIndexOf(',') + 1).replaceAll("\\W", "");
            assertThat(exposed.missing(query, Set.of(label))).isEmpty();
        });
    }

    @Test
    void queriesUseOnlyVariablesThereAre() throws IOException {
        Map<?, ?> dashboard = read("grafana-dashboard.json");
        Set<String> variables = children((Map<?, ?>) dashboard.get("templating"), "list").stream()
                .map(variable -> variable.get("name").toString())
                .collect(Collectors.toSet());
        variables.addAll(Set.of("__rate_interval", "__all")); // Grafana's own

        Set<String> used = Pattern.compile("\\$\\{?(\\w+)")
                .matcher(dashboard.toString())
                .results()
                .map(use -> use.group(1))
                .collect(Collectors.toSet());
        assertThat(used).contains("job", "instance", "endpoint", "datasource");
        assertThat(variables).containsAll(used);
    }

    @Test
    void panelsHaveAPlaceEachAndSayWhatTheyAre() throws IOException {
        List<Map<?, ?>> panels = children(read("grafana-dashboard.json"), "panels");

        assertThat(panels).extracting(panel -> panel.get("id")).doesNotHaveDuplicates();
        Set<List<Integer>> taken = new HashSet<>();
        for (Map<?, ?> panel : panels) {
            Map<?, ?> place = (Map<?, ?>) panel.get("gridPos");
            int left = (int) place.get("x");
            int top = (int) place.get("y");
            assertThat(left + (int) place.get("w")).isLessThanOrEqualTo(GRID_WIDTH);
            for (int x = left; x < left + (int) place.get("w"); x++) {
                for (int y = top; y < top + (int) place.get("h"); y++) {
                    assertThat(taken.add(List.of(x, y)))
                            .as("%s has its place alone", panel.get("title"))
                            .isTrue();
                }
            }
            assertThat(panel.get("title").toString()).isNotBlank();
            if (!"row".equals(panel.get("type"))) {
                assertThat(panel.get("description").toString()).endsWith(".");
            }
        }
    }

    @Test
    void alertsNameOnlyWhatThereIsAndSayWhatToDo() throws IOException {
        List<Map<?, ?>> rules = new ArrayList<>();
        children(read("prometheus-alerts.yaml"), "groups").forEach(group -> rules.addAll(children(group, "rules")));

        assertThat(rules).isNotEmpty().extracting(rule -> rule.get("alert")).doesNotHaveDuplicates();
        assertThat(rules).allSatisfy(rule -> {
            Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
            Object summary = annotations.get("summary");
            String description = annotations.get("description").toString();
            assertThat(exposed.missing(rule.get("expr").toString(), shown(summary, description)))
                    .isEmpty();
            assertThat(description).endsWith(".");
            if (description.contains("plainweave")) {
                assertThat(exposed.missing(description, Set.of())).isEmpty();
            }
            assertThat(((Map<?, ?>) rule.get("labels")).get("severity")).isIn("critical", "warning");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sum(plainweave_permits_total)                              |          | series plainweave_permits_total",
                "plainweave_exchange_count                                  |          | series plainweave_exchange_count",
                "up                                                         |          | no meter in up",
                "plainweave_permits_out{endpoint=\"a:1\"}                   |          | label endpoint of plainweave_permits_out",
                "plainweave_queue_shed_total{priority=~\"NORMAL,LOW\"}      |          | value NORMAL,LOW of priority",
                "plainweave_exchange_seconds_sum{outcome!=\"Timeout\"}      |          | value Timeout of outcome",
                "sum by (host) (plainweave_queue_waiting)                   |          | label host in sum by (host) (plainweave_queue_waiting)",
                "sum by (le) (plainweave_queue_waiting)                     |          | label le in sum by (le) (plainweave_queue_waiting)",
                "plainweave_queue_waiting                                   | endpoint | label endpoint shown of plainweave_queue_waiting",
                "sum by (job) (plainweave_queue_waiting)                    | priority | label priority shown of sum by (job) (plainweave_queue_waiting)",
            })
    void whatThereIsNotIsFound(String query, String shown, String missing) {
        assertThat(exposed.missing(query, shown == null ? Set.of() : Set.of(shown)))
                .containsExactly(missing);
    }
}
