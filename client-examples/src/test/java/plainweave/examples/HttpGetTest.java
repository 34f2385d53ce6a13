package plainweave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.Client;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class HttpGetTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "6;why=not\r\nplain \r\n5\r\nweave\r\n0\r\nTrailer: yes\r\n\r\n";

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Script answering(String reply) {
        return FaultServer.script().readUntil("\r\n\r\n").reply(reply);
    }

    private static URI url(FaultServer server) {
        return URI.create("http://" + server.host() + ":" + server.port() + "/page?q=1");
    }

    private record Page(HttpGet.Reply reply, String text) {}

    private static Page get(Client client, URI url) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        HttpGet.Reply reply = HttpGet.get(client, url, text::writeBytes);
        return new Page(reply, text.toString(StandardCharsets.UTF_8));
    }

    @Test
    void byDefaultItReadsItsOwnPageChunkByChunk() {
        Ran ran = Ran.with(HttpGet::run, Map.of("scale", "0.02"));

        assertThat(ran.complaints()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.lastLine()).isEqualTo("HttpGet status=200 bytes=198 chunks=5");
        assertThat(ran.out()).contains("One thread over", "kept for the next exchange");
    }

    @Test
    void theRequestIsThatOfTheUrl() throws IOException {
        List<String> heads = new CopyOnWriteArrayList<>();
        Script script = FaultServer.script().readUntil("\r\n\r\n").replyWith(head -> {
            heads.add(new String(head, StandardCharsets.US_ASCII));
            return "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        });
        try (FaultServer server = FaultServer.start(script.repeat());
                Client client = atRest.client()) {
            String root = "http://" + server.host() + ":" + server.port();
            for (String path : new String[] {"", "/a%20b/c?d=e&f", "/wörter#here"}) {
                get(client, URI.create(root + path));
            }
            assertThat(heads)
                    .allMatch(head -> head.contains("\r\nHost: " + server.host() + ":" + server.port() + "\r\n"));
            assertThat(heads.stream().map(head -> head.lines().findFirst().orElseThrow()))
                    .containsExactly("GET / HTTP/1.1", "GET /a%20b/c?d=e&f HTTP/1.1", "GET /w%C3%B6rter HTTP/1.1");
            assertThat(server.connections()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                CHUNKED,
                "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nplain weave",
                "HTTP/1.1 200 OK\ncontent-length:11\n\nplain weave",
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 11\r\n\r\nplain weave",
                "HTTP/1.0 200 OK\r\nConnection: x, Keep-Alive\r\nContent-Length: 11\r\n\r\nplain weave",
            })
    void aReplyWithAClearEndLeavesTheConnectionToTheNextOne(String reply) throws IOException {
        Script script = FaultServer.script().readUntil("\r\n\r\n").drip(reply, Duration.ZERO);
        try (FaultServer server = FaultServer.start(script.repeat());
                Client client = atRest.client()) {
            for (int i = 0; i < 3; i++) {
                Page page = get(client, url(server));
                assertThat(page.text()).isEqualTo("plain weave");
                assertThat(page.reply().bytes()).isEqualTo(11);
                assertThat(page.reply().kept()).isTrue();
            }
            assertThat(server.connections()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\n\r\nplain weave",
                "HTTP/1.0 200 OK\r\nContent-Length: 11\r\n\r\nplain weave",
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\nplain weave",
                "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nplain weave and what nobody asked for",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nB\r\nplain weave\r\n0\r\n\r\n",
            })
    void anyOtherReplyIsReadToItsEndAndTheConnectionClosed(String reply) throws IOException {
        try (FaultServer server = FaultServer.start(answering(reply));
                Client client = atRest.client()) {
            Page page = get(client, url(server));
            assertThat(page.text()).isEqualTo("plain weave");
            assertThat(page.reply().kept()).isFalse();
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void aLargeChunkIsHandedOverInPieces() throws IOException {
        String body = "0123456789abcdef".repeat(20_000);
        String reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length())
                + "\r\n" + body + "\r\n0\r\n\r\n";
        try (FaultServer server = FaultServer.start(answering(reply));
                Client client = atRest.client()) {
            List<Integer> sizes = new ArrayList<>();
            HttpGet.Reply got = HttpGet.get(client, url(server), chunk -> sizes.add(chunk.length));
            assertThat(got.bytes()).isEqualTo(body.length());
            assertThat(sizes).containsExactly(65_536, 65_536, 65_536, 65_536, 57_856);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nplain",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nB\r\nplain",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nplain\r\n",
                "HTTP/1.1 200 OK\r\nContent-Le",
                "",
            })
    void aReplyThatBreaksOffIsAnError(String reply) {
        try (FaultServer server = FaultServer.start(answering(reply));
                Client client = atRest.client()) {
            assertThatThrownBy(() -> get(client, url(server))).isInstanceOf(EOFException.class);
            assertThat(client.stats().connectionsIdle()).isZero();
            assertThat(client.stats().permitsOut()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nplain",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nplain\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nplain\r\n0\r\n\r\n",
            })
    void whatIsNotHttpIsAnError(String reply) {
        try (FaultServer server = FaultServer.start(answering(reply).stall());
                Client client = atRest.client()) {
            assertThatThrownBy(() -> get(client, url(server))).isInstanceOf(ProtocolException.class);
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void anEndlessHeadIsAnErrorOnceItIsOverTheBound() {
        Script endless = answering("HTTP/1.1 200 OK\r\nX: ")
                .run(FaultServer.script().reply("y".repeat(1_000)).repeat());
        try (FaultServer server = FaultServer.start(endless);
                Client client = atRest.client()) {
            assertThatThrownBy(() -> get(client, url(server))).isInstanceOf(ProtocolException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "no url,                      -Durl",
        "page.html,                   only http",
        "https://localhost/,          https not yet",
        "http:page,                   no host",
        "http://localhost:65536/,     is not in 1 to 65535",
        "http://no-such-host.invalid, no-such-host.invalid:80: no connection",
    })
    void aWrongUrlIsOneClearLine(String url, String why) {
        assertOneComplaint(url, why);
    }

    @Test
    void aServerThatRefusesIsOneClearLine() {
        try (DeadPort refusing = FaultServer.refusing()) {
            assertOneComplaint(
                    "http://localhost:" + refusing.port(), "localhost:" + refusing.port() + ": no connection");
        }
    }

    @Test
    void aServerThatSpeaksSomethingElseIsOneClearLine() {
        try (FaultServer server = FaultServer.start(answering("220 mail ready\r\n"))) {
            assertOneComplaint(url(server).toString(), "not HTTP/1.1");
        }
    }

    @Test
    void anErrorOfTheServerIsOneClearLineAndItsPageIsNotShown() {
        try (FaultServer server =
                FaultServer.start(answering("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nplain"))) {
            assertOneComplaint(url(server).toString(), "answered with status 404");
        }
    }

    private static void assertOneComplaint(String url, String why) {
        Ran ran = Ran.with(HttpGet::run, Map.of("url", url));

        assertThat(ran.exitCode()).isOne();
        assertThat(ran.out()).isEmpty();
        assertThat(ran.complaints()).singleElement().asString().contains(why);
    }

    @Test
    void theServersControlCharactersDoNotReachTheTerminal() {
        String page = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n\u001b]0;title\u0007ü\tx";
        try (FaultServer server = FaultServer.start(answering(page))) {
            Ran ran = Ran.with(HttpGet::run, Map.of("url", url(server).toString()));

            assertThat(ran.out()).contains(".]0;title.ü\tx");
        }
    }
}
