package plainweave.examples.protocols;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import plainweave.codec.ByteReader;

/**
 * What stands before the body of an HTTP/1 reply (RFC 9112).
 *
 * @param version 1.0 or 1.1
 * @param status the server's code, as in 200
 * @param fields by their names in any case
 */
public record HttpHead(String version, int status, Map<String, String> fields) {
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/(1\\.[01]) (\\d{3})( .*)?");
    private static final Pattern FIELD = Pattern.compile("([!-9;-~]+):[ \\t]*(.*?)[ \\t]*");

    /**
     * The next head that is not an interim one.
     *
     * @throws ProtocolException if that is no HTTP/1 reply
     */
    public static HttpHead read(ByteReader in) throws IOException {
        HttpHead head = readAny(in);
        while (head.status < 200) {
            head = readAny(in);
        }
        return head;
    }

    private static HttpHead readAny(ByteReader in) throws IOException {
        in.startFrame();
        Matcher first = matched(STATUS_LINE, in);
        Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        while (in.peek() != '\r' && in.peek() != '\n') {
            Matcher field = matched(FIELD, in);
            fields.merge(field.group(1), field.group(2), (one, other) -> one + ", " + other);
        }
        in.readLine(StandardCharsets.ISO_8859_1);
        return new HttpHead(first.group(1), Integer.parseInt(first.group(2)), fields);
    }

    private static Matcher matched(Pattern pattern, ByteReader in) throws IOException {
        Matcher matcher = pattern.matcher(in.readLine(StandardCharsets.ISO_8859_1));
        if (!matcher.matches()) {
            throw new ProtocolException("that is not HTTP/1.1: a line of its head is not made as it should be");
        }
        return matcher;
    }

    /** Whether a body follows at all. */
    public boolean hasBody() {
        return status != 204 && status != 304;
    }

    /** Whether the body comes in chunks, each with its length. */
    public boolean chunked() throws ProtocolException {
        String coding = fields.getOrDefault("Transfer-Encoding", "chunked");
        if (!coding.equalsIgnoreCase("chunked")) {
            throw new ProtocolException("the transfer coding of the reply is not known here");
        }
        return fields.containsKey("Transfer-Encoding");
    }

    /** How long the body is; -1 if it goes on until the server hangs up. */
    public long length() throws ProtocolException {
        String length = fields.get("Content-Length");
        if (length == null) {
            return -1;
        }
        if (!length.matches("\\d{1,18}")) {
            throw new ProtocolException("the Content-Length of the reply is no number");
        }
        return Long.parseLong(length);
    }

    /** Whether the server is ready for another request after this reply, and both sides know where this one ends. */
    public boolean staysOpen() throws ProtocolException {
        boolean endIsClear = !hasBody() || chunked() != fields.containsKey("Content-Length");
        return endIsClear && (version.equals("1.1") ? !connection("close") : connection("keep-alive"));
    }

    private boolean connection(String option) {
        return Stream.of(fields.getOrDefault("Connection", "").split(","))
                .anyMatch(it -> it.strip().equalsIgnoreCase(option));
    }
}
