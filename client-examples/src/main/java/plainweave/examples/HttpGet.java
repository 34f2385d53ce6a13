package plainweave.examples;

import java.io.IOException;
import java.net.URI;
import java.util.function.Consumer;
import plainweave.Client;
import plainweave.Lease;
import plainweave.codec.ByteReader;
import plainweave.examples.protocols.HttpBody;
import plainweave.examples.protocols.HttpHead;
import plainweave.examples.protocols.HttpRequest;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.Example;
import plainweave.examples.support.PageServer;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;

/** An HTTP GET over a lease: your own blocking code on a pooled connection, with one chunk in memory at a time. */
public final class HttpGet {
    /**
     * What came back.
     *
     * @param status the server's code, as in 200
     * @param bytes of the body
     * @param chunks in which the body came
     * @param kept whether the connection is left to the next exchange
     */
    public record Reply(int status, long bytes, int chunks, boolean kept) {}

    private HttpGet() {}

    /** Fetches {@code -Durl}, or a page from a server of its own. */
    public static void main(String[] args) {
        Example.start(HttpGet::run);
    }

    static int run(Screen screen, Settings settings) {
        try (PageServer server = PageServer.start()) {
            return run(screen, settings.url().orElseGet(server::url));
        }
    }

    private static int run(Screen screen, URI url) {
        try (Client client = Client.create()) {
            Reply reply = get(client, url, screen::chunk);
            if (reply.status() >= 400) {
                throw new Complaint(url + " answered with status " + reply.status());
            }
            screen.line("%n%s, the connection is %s%n", url, reply.kept() ? "kept for the next exchange" : "closed");
            screen.line("HttpGet status=%d bytes=%d chunks=%d", reply.status(), reply.bytes(), reply.chunks());
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            throw new Complaint(url + ": " + e.getMessage());
        }
    }

    /**
     * Fetches a page. The body of an error, of status 400 and above, is read to its end but not handed over.
     *
     * @param chunks takes each chunk of the body as it comes; while it is busy nothing more is read
     * @throws IllegalArgumentException if the URL is not one of http
     * @throws IOException if the server does not speak HTTP/1.1, or hangs up within its reply
     * @throws plainweave.call.CallException if there is no connection to be had, or it breaks
     */
    public static Reply get(Client client, URI url, Consumer<byte[]> chunks) throws IOException {
        HttpRequest request = new HttpRequest(url);
        try (Lease lease = client.lease(request.endpoint())) {
            lease.output().write(request.bytes());
            ByteReader in = ByteReader.over(lease.input(), HttpBody.MAX_CHUNK);
            HttpHead head = HttpHead.read(in);
            HttpBody body = new HttpBody(in, head.status() < 400 ? chunks : dropped -> {});
            body.read(head);
            boolean clean = head.staysOpen() && in.buffered() == 0;
            if (clean) {
                lease.keep();
            }
            return new Reply(head.status(), body.bytes(), body.chunks(), clean);
        }
    }
}
