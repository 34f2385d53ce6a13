package plainweave.examples.protocols;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import plainweave.call.Endpoint;

/** A GET of HTTP/1.1 (RFC 9112). */
public final class HttpRequest {
    private static final int PORT = 80;

    private final URI url;

    /**
     * A GET of that page.
     *
     * @throws IllegalArgumentException if the URL is not one of http
     */
    public HttpRequest(URI url) {
        if (!"http".equalsIgnoreCase(url.getScheme())) {
            throw new IllegalArgumentException("only http is spoken here, https not yet");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("there is no host in it");
        }
        this.url = URI.create(url.toASCIIString());
    }

    /** Where to send it. */
    public Endpoint endpoint() {
        return Endpoint.of(url.getHost(), url.getPort() < 0 ? PORT : url.getPort());
    }

    /** What to send. */
    public byte[] bytes() {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String host = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        String head = "GET " + path + query + " HTTP/1.1\r\nHost: " + host
                + "\r\nUser-Agent: plainweave\r\nAccept: */*\r\n\r\n";
        return head.getBytes(StandardCharsets.US_ASCII);
    }
}
