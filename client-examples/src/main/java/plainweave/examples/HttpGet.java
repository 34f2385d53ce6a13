package plainweave.examples;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import plainweave.Client;
import plainweave.Lease;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;

/** An HTTP/1.1 GET over a lease: your own blocking code on a pooled connection, holding one chunk at a time. */
public final class HttpGet {
    private static final int MOST = 64 * 1024; // bytes of a head, and of a piece of the body

    /**
     * What came back.
     *
     * @param status as in 200
     * @param reason the server's words for it, as in OK; may be empty
     * @param bytes of the body
     * @param chunks in which the body came
     * @param kept whether the connection was given back for the next exchange
     */
    public record Reply(int status, String reason, long bytes, int chunks, boolean kept) {}

    /** Fetches {@code -Durl}, or a page from a server of its own. */
    public static void main(String[] args) {
        Example.start(HttpGet::run);
    }
}
