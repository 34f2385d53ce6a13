package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example's page in a browser: that it moves, that what it draws is what the meters say, and that it can be read. */
@NeedsBrowser
final class WatchTheMetersIT {
    /** Ten seconds, a second for each phase: so all faults come about. */
    private static final List<String> SETTINGS = List.of("-Dseconds=40", "-Dscale=0.25");

    /** Lines that need not move: permits stay as many, and some failures may not come about. */
    private static final Set<String> STILL = Set.of("total", "ConnectionLost", "Rejected", "other");

    private static final Path PICTURES = Path.of("target", "watch-the-meters");

    /** What is drawn: for each panel the height of its chart, its ticks, and its lines, point by point. */
    private static final String DRAWN = """
            JSON.stringify(Object.fromEntries([...document.querySelectorAll('section')].map(section => [section.id, {
              height: section.querySelector('svg').clientHeight,
              ticks: [...section.querySelectorAll('.tick')].map(each => [each.textContent, Number(each.dataset.y)]),
              legend: Object.fromEntries([...section.querySelectorAll('[data-value]')].map(each => [each.dataset.value, each.textContent])),
              lines: Object.fromEntries([...section.querySelectorAll('.line')].map(each => [each.dataset.line, each.getAttribute('d')])),
              faults: [...section.querySelectorAll('.band')].map(each => each.dataset.fault)}])))""";

    private static final String CLIPPED = """
            JSON.stringify([...document.querySelectorAll('svg')].flatMap(svg => [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect(), all = svg.getBoundingClientRect();
                return box.left < all.left || box.top < all.top || box.right > all.right || box.bottom > all.bottom;
              }).map(text => text.textContent)))""";

    /** The number of calls, once it is drawn and at least so many. */
    private static final String CALLS = """
            new Promise(done => { const look = () => {
                const calls = document.getElementById('calls').textContent.replaceAll(',', '');
                if (!(Number(calls) >= %d)) return;
                document.removeEventListener('drawn', look);
                done(calls);
              };
              document.addEventListener('drawn', look); })""";

    private static final String OVER = """
            new Promise(done => source.readyState === 2 && document.body.dataset.over ? done() :
              source.addEventListener('over', () => setTimeout(done)))""";

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void thePageDrawsWhatTheMetersSay() throws Exception {
        Chromium browser = Chromium.start(folder);
        List<ProcessHandle> processes = browser.processes();
        Process example = example();
        try (browser;
                BufferedReader out = example.inputReader()) {
            URI page = address(out);
            browser.resize(1280, 800);
            browser.open(page);
            CompletableFuture<List<Map<?, ?>>> told = readings(page);
            assertItMoves(browser, page);
            browser.evaluate(OVER);

            String last = out.lines().toList().getLast();
            assertThat(example.waitFor()).isZero();
            assertThat(last).startsWith("WatchTheMeters ");
            String calls = browser.evaluate("drawAll(), String(readings.at(-1).calls)");
            assertThat(last).contains(" calls=" + calls + " ", " metered=" + calls + " ");
            assertThat(browser.evaluate("document.getElementById('state').textContent"))
                    .isEqualTo("ended");
            assertItDraws(told.get(10, TimeUnit.SECONDS), drawn(browser));
            assertItCanBeRead(browser);
            assertThat(browser.complaints()).isEmpty();
        } finally {
            http.shutdownNow();
            example.destroyForcibly();
        }
        Eventually.is(
                "no process of the browser lives on", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static Process example() throws IOException {
        List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(List.of("-Xmx256m", "-classpath", System.getProperty("java.class.path")));
        java.addAll(SETTINGS);
        java.add("plainweave.examples.WatchTheMeters");
        return new ProcessBuilder(java)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static URI address(BufferedReader out) throws IOException {
        String line = String.valueOf(out.readLine());
        Matcher address = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/").matcher(line);
        assertThat(address.find()).as(line).isTrue();
        return URI.create(address.group());
    }

    private String get(URI uri) throws Exception {
        HttpResponse<String> response =
                http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(uri.toString()).isEqualTo(200);
        return response.body();
    }

    /** All that the page is told as well, to the end. */
    private CompletableFuture<List<Map<?, ?>>> readings(URI page) {
        HttpRequest events = HttpRequest.newBuilder(page.resolve("events")).build();
        return http.sendAsync(events, HttpResponse.BodyHandlers.ofLines())
                .thenApply(response -> response.body()
                        .filter(line -> line.startsWith("data: "))
                        .map(line -> (Map<?, ?>) Chromium.json(line.substring("data: ".length())))
                        .collect(Collectors.toList()));
    }

    /** The page soon shows the calls there are now, and never more than there are. */
    private void assertItMoves(Chromium browser, URI page) throws Exception {
        Map<?, ?> before = Map.of();
        for (int i = 0; i < 3; i++) {
            long shown = Long.parseLong(browser.evaluate(CALLS.formatted(metered(page) + 1)));
            assertThat(shown).isLessThanOrEqualTo(metered(page));
            Map<?, ?> now = drawn(browser);
            assertThat(child(now, "rate")).isNotEqualTo(before.get("rate"));
            before = now;
        }
        assertThat(get(page.resolve("metrics")))
                .contains("\nplainweave_permits "
                        + child(before, "permits", "legend").get("total") + ".0\n");
    }

    private long metered(URI page) throws Exception {
        return get(page.resolve("metrics"))
                .lines()
                .filter(line -> line.startsWith("plainweave_exchange_seconds_count{"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static Map<?, ?> drawn(Chromium browser) throws Exception {
        return (Map<?, ?>) Chromium.json(browser.evaluate(DRAWN));
    }

    private static Map<?, ?> child(Map<?, ?> of, String... path) {
        Map<?, ?> child = of;
        for (String name : path) {
            child = (Map<?, ?>) child.get(name);
        }
        return child;
    }

    /** Every point of every line stands, by the ticks beside it, for the value that was told. */
    private static void assertItDraws(List<Map<?, ?>> readings, Map<?, ?> drawn) {
        assertThat(readings).hasSizeGreaterThan(30);
        assertThat(drawn.keySet().stream().map(String::valueOf))
                .containsExactly("rate", "latency", "failures", "permits", "queue", "pool");
        for (Object panel : drawn.keySet()) {
            Map<?, ?> lines = child(drawn, panel.toString(), "lines");
            Map<?, ?> last = child(readings.getLast(), panel.toString());
            assertThat(lines.keySet()).isEqualTo(last.keySet());
            Axis axis = Axis.of(child(drawn, panel.toString()));
            boolean stacked = List.of("failures", "queue", "pool").contains(panel);
            Map<Integer, Double> below = new HashMap<>();
            for (Object line : last.keySet()) { // in which order they are stacked
                List<Double> told = new ArrayList<>();
                for (int i = 0; i < readings.size(); i++) {
                    Object value = child(readings.get(i), panel.toString()).get(line);
                    if (value instanceof Number number) {
                        told.add(
                                stacked
                                        ? below.merge(i, number.doubleValue(), Double::sum)
                                        : Double.valueOf(number.doubleValue()));
                    }
                }
                if (!STILL.contains(line)) {
                    assertThat(Set.copyOf(told)).as("%s %s", panel, line).hasSizeGreaterThan(1);
                }
                axis.assertStandsFor(told, lines.get(line).toString(), panel + " " + line);
            }
        }
        assertThat(child(drawn, "pool").get("faults"))
                .asInstanceOf(InstanceOfAssertFactories.list(String.class))
                .contains("slow", "silent", "resets");
    }

    /** The ticks of a chart, from which the value at each height follows. */
    private record Axis(double[] values, double[] heights) {
        private static final Pattern POINT = Pattern.compile("[ML](\\S+) (\\S+)");

        static Axis of(Map<?, ?> panel) {
            List<?> ticks = (List<?>) panel.get("ticks");
            return new Axis(
                    ticks.stream()
                            .mapToDouble(tick -> Double.parseDouble(
                                    ((List<?>) tick).get(0).toString().replace(",", "")))
                            .toArray(),
                    ticks.stream()
                            .mapToDouble(tick -> ((Number) ((List<?>) tick).get(1)).doubleValue())
                            .toArray());
        }

        private boolean isLogarithmic() {
            return values[0] > 0;
        }

        double height(double value) {
            int top = values.length - 1;
            double share = isLogarithmic()
                    ? Math.log(Math.max(value, values[0]) / values[0]) / Math.log(values[top] / values[0])
                    : (value - values[0]) / (values[top] - values[0]);
            return heights[0] + (heights[top] - heights[0]) * share;
        }

        void assertStandsFor(List<Double> values, String path, String line) {
            List<Double> drawn = POINT.matcher(path)
                    .results()
                    .map(point -> Double.valueOf(point.group(2)))
                    .toList();
            assertThat(drawn).as(line).hasSameSizeAs(values);
            for (int i = 0; i < drawn.size(); i++) {
                assertThat(drawn.get(i)).as("%s, point %d", line, i).isCloseTo(height(values.get(i)), within(0.2));
            }
        }
    }

    private static void assertItCanBeRead(Chromium browser) throws Exception {
        Files.createDirectories(PICTURES);
        browser.evaluate("drawAll()");
        assertThat(browser.evaluate(
                        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight].join()"))
                .as("all panels fit on a screen of this size")
                .isEqualTo("1280,800");
        String light = browser.evaluate("getComputedStyle(document.body).backgroundColor");
        assertNothingIsClipped(browser, "light");
        browser.colorScheme("dark");
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
                .isNotEqualTo(light);
        assertNothingIsClipped(browser, "dark");
        browser.resize(360, 2_000);
        assertThat(browser.evaluate("String(document.documentElement.scrollWidth)"))
                .as("nothing has to be scrolled sideways on a narrow screen")
                .isEqualTo("360");
        assertNothingIsClipped(browser, "narrow");
    }

    private static void assertNothingIsClipped(Chromium browser, String picture) throws Exception {
        browser.evaluate("drawAll()");
        Files.write(PICTURES.resolve(picture + ".png"), browser.screenshot());
        assertThat(browser.evaluate(CLIPPED)).as(picture).isEqualTo("[]");
    }
}
