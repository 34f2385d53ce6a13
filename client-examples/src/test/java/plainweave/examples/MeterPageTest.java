package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.examples.support.MeterPage;
import plainweave.observe.micrometer.MicrometerObserver;
import plainweave.testing.EchoServer;

class MeterPageTest {
    private static final int CALLS = 100;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final PrometheusMeterRegistry meters = MeterPage.registry();
    private final HttpClient http = HttpClient.newHttpClient();
    private EchoServer server;
    private Client client;
    private MeterPage page;

    @BeforeEach
    void start() {
        server = EchoServer.start();
        client = Client.create(ClientOptions.builder()
                .permitsPerEndpoint(4)
                .permitsTotal(8)
                .observer(new MicrometerObserver(meters))
                .build());
        page = MeterPage.start(meters, () -> "slow", Duration.ofSeconds(7));
    }

    @AfterEach
    void end() {
        page.close();
        http.shutdownNow();
        client.close();
        server.close();
    }

    private void call() {
        Remote<String, String> echo = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
        for (int i = 0; i < CALLS; i++) {
            echo.call("x");
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(page.url().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private Stream<String> events(String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(page.url().resolve("/events"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body();
    }

    private static Map<?, ?> reading(String line) {
        return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(line.substring("data: ".length()));
    }

    @ParameterizedTest
    @CsvSource({
        "/,          text/html,       <h1>WatchTheMeters</h1>",
        "/page.css,  text/css,        prefers-color-scheme",
        "/page.js,   text/javascript, new EventSource",
        "/metrics,   text/plain,      plainweave_permits 8.0",
    })
    void pageAndMetersAreServed(String path, String type, String text) throws Exception {
        HttpResponse<String> response = get(path);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                .startsWith(type)
                .endsWith("charset=utf-8");
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'self'");
        assertThat(response.body()).contains(text);
    }

    @Test
    void nothingElseIsServed() throws Exception {
        for (String path : new String[] {"/page.html", "/../page.js", "/events/", "/favicon.ico"}) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
        }
        URI url = page.url();
        HttpRequest post = HttpRequest.newBuilder(url)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(http.send(post, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(405);
    }

    @Test
    void whatIsToldIsWhatTheMetersSay() throws Exception {
        Iterator<String> lines =
                events().filter(line -> line.startsWith("data: {")).iterator();
        Map<?, ?> reading = reading(lines.next());
        assertThat(reading.get("calls")).isEqualTo(0);
        assertThat(reading.get("fault")).isEqualTo("slow");
        call();
        double counted = 0;
        while (!reading.get("calls").equals(CALLS)) {
            double before = (double) reading.get("seconds");
            reading = reading(lines.next());
            double passed = (double) reading.get("seconds") - before;
            counted += (double) ((Map<?, ?>) reading.get("rate")).get("done") * passed;
        }

        assertThat(page.calls()).isEqualTo(CALLS);
        assertThat(reading.get("permits")).isEqualTo(Map.of("out", 0.0, "total", 8.0));
        assertThat(reading.get("pool")).isEqualTo(Map.of("in use", 0.0, "idle", 1.0));
        assertThat(reading.get("queue")).isEqualTo(Map.of("URGENT", 0.0, "NORMAL", 0.0, "BACKGROUND", 0.0));
        assertThat(((Map<?, ?>) reading.get("latency")).values())
                .allSatisfy(millis -> assertThat((double) millis).isPositive());
        assertThat(counted).as("rates, over their times").isCloseTo(CALLS, within(1.0));
    }

    @Test
    void whoComesBackIsToldOnlyWhatIsNew() throws Exception {
        Iterator<String> lines =
                events().filter(line -> line.startsWith("id: ")).iterator();
        assertThat(List.of(lines.next(), lines.next(), lines.next())).containsExactly("id: 1", "id: 2", "id: 3");
        assertThat(events("Last-Event-ID", "2").findFirst()).contains("id: 3");
        assertThat(events("Last-Event-ID", "nonsense").findFirst()).contains("id: 1");
    }

    @Test
    void whenItIsOverThatIsTheLastThingTold() throws Exception {
        Stream<String> lines = events();
        call();
        page.close();
        List<String> told = lines.toList();

        assertThat(told).endsWith("event: over", "data:", "");
        assertThat(reading(told.get(told.size() - 5)).get("calls")).isEqualTo(CALLS);
    }
}
