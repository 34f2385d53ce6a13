package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.testcontainers.images.builder.Transferable;
import plainweave.Client;
import plainweave.examples.HttpGet;

/** The HTTP client of the examples against nginx. */
@NeedsDocker
final class NginxIT {
    private static final int PAGE_BYTES = 300_000;

    /**
     * {@code /who} tells which connection asks, and how often it has; a page with an included part is sent in chunks.
     */
    private static final String CONFIGURATION = """
            daemon off;
            error_log /dev/stderr;
            events {}
            http {
                access_log off;
                server {
                    listen 80;
                    root /pages;
                    ssi on;
                    ssi_types text/html;
                    location = /who { return 200 "$connection $connection_requests"; }
                    location = /last { keepalive_timeout 0; return 200 "last"; }
                }
            }
            """;

    private static ServerContainer nginx;

    @RegisterExtension
    final AtRest atRest = new AtRest(() -> nginx.connections());

    @BeforeAll
    static void start() {
        nginx = ServerContainer.nginx(CONFIGURATION)
                .withCopyToContainer(Transferable.of("weave ".repeat(PAGE_BYTES / 6)), "/pages/long.txt")
                .withCopyToContainer(
                        Transferable.of("<!--#include file=\"/long.txt\" -->the end"), "/pages/chunked.html");
        nginx.start();
    }

    @AfterAll
    static void stop() {
        nginx.stop();
    }

    @Test
    void aPageOfKnownLengthIsReadToItsEnd() throws IOException {
        Client client = atRest.client();
        Page page = get(client, "/long.txt");

        assertThat(page.reply().status()).isEqualTo(200);
        assertThat(page.text()).isEqualTo("weave ".repeat(PAGE_BYTES / 6));
    }

    @Test
    void aPageInChunksIsReadToItsEnd() throws IOException {
        Client client = atRest.client();
        Page page = get(client, "/chunked.html");

        assertThat(page.reply().status()).isEqualTo(200);
        assertThat(page.reply().chunks()).isGreaterThan(1);
        assertThat(page.text()).isEqualTo("weave ".repeat(PAGE_BYTES / 6) + "the end");
    }

    @Test
    void onePageAfterTheOtherComesOverOneConnection() throws IOException {
        Client client = atRest.client();
        String[] first = get(client, "/who").text().split(" ");
        get(client, "/long.txt");
        get(client, "/chunked.html");
        get(client, "/not-there");
        String[] last = get(client, "/who").text().split(" ");

        assertThat(last[0]).as("the server's number of the connection").isEqualTo(first[0]);
        assertThat(first[1]).as("requests on it, at first").isEqualTo("1");
        assertThat(last[1]).as("requests on it, at last").isEqualTo("5");
        assertThat(client.stats().connectionsOpened()).isOne();
    }

    @Test
    void aConnectionTheServerClosesIsNotKept() throws IOException {
        Client client = atRest.client();
        Page last = get(client, "/last");
        assertThat(last.reply().kept()).isFalse();
        assertThat(client.stats().connectionsIdle()).isZero();

        assertThat(get(client, "/who").text()).endsWith(" 1");
    }

    @Test
    void aPageThatIsNotThereIsAReplyAndNoFailure() throws IOException {
        Client client = atRest.client();
        Page page = get(client, "/not-there");

        assertThat(page.reply().status()).isEqualTo(404);
        assertThat(page.reply().kept()).isTrue();
    }

    private record Page(HttpGet.Reply reply, String text) {}

    private static Page get(Client client, String path) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        HttpGet.Reply reply = HttpGet.get(client, URI.create("http://" + nginx.endpoint() + path), text::writeBytes);
        return new Page(reply, text.toString(StandardCharsets.UTF_8));
    }
}
