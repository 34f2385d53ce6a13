package plainweave.examples.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A web server on a free port of the loopback address, with one page that it sends in chunks. */
public final class PageServer implements AutoCloseable {
    private static final List<String> VERSES = List.of(
            "One thread over, one thread under:\n",
            "the plain weave is the simplest cloth there is,\n",
            "and for its weight the strongest.\n",
            "What it asks of a weaver is patience,\n",
            "and threads that are cheap enough to wait.\n");

    private final HttpServer server;

    private PageServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts one.
     *
     * @throws UncheckedIOException if it cannot listen
     */
    public static PageServer start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", PageServer::answer);
            server.start();
            return new PageServer(server);
        } catch (IOException e) {
            throw new UncheckedIOException("no port to listen on", e);
        }
    }

    /** Where its page is. */
    public URI url() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/weave.txt");
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(200, 0); // 0: of unknown length, so it goes out in chunks
        try (OutputStream body = exchange.getResponseBody()) {
            for (String verse : VERSES) {
                body.write(verse.getBytes(StandardCharsets.UTF_8));
                body.flush();
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
