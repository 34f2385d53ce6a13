package plainweave.benchmarks.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The line one caller sends: 64 bytes with the newline, holding the caller's number and a sequence that is new in each
 * exchange, so that a reply that belongs to another caller or to an earlier exchange is caught. Used by one thread.
 */
public final class Line {

    /** Bytes of a line, its newline included. */
    public static final int BYTES = 64;

    private static final int LAST_DIGIT = 19;

    private final byte[] bytes = new byte[BYTES];
    private final AtomicLong sequence = new AtomicLong();

    Line(int caller) {
        Arrays.fill(bytes, (byte) '.');
        byte[] head = String.format(Locale.ROOT, "c%05d s%012d ", caller, 0).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(head, 0, bytes, 0, head.length);
        bytes[BYTES - 1] = '\n';
    }

    /** Counts the sequence up: by hand and in place, because formatting would cost more than what is measured. */
    public void next() {
        sequence.lazySet(sequence.getPlain() + 1);
        int at = LAST_DIGIT;
        while (++bytes[at] > '9') {
            bytes[at--] = '0';
        }
    }

    /** The line as it goes over the wire, newline included; not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    /** The line without its newline. */
    public String text() {
        return new String(bytes, 0, BYTES - 1, StandardCharsets.ISO_8859_1);
    }

    /** Fails unless these are exactly the bytes that were sent. */
    public void check(byte[] reply) {
        if (!Arrays.equals(bytes, reply)) {
            throw wrong(new String(reply, StandardCharsets.ISO_8859_1).stripTrailing());
        }
    }

    /** Fails unless what lies between position and limit are exactly the bytes that were sent. */
    public void check(ByteBuffer reply) {
        if (!ByteBuffer.wrap(bytes).equals(reply)) {
            throw wrong(StandardCharsets.ISO_8859_1.decode(reply).toString().stripTrailing());
        }
    }

    /** Fails unless this is the line that was sent. */
    public void check(String sent, String reply) {
        if (!sent.equals(reply)) {
            throw wrong(reply);
        }
    }

    long sequence() {
        return sequence.get();
    }

    private IllegalStateException wrong(String reply) {
        return new IllegalStateException("a wrong reply: sent '" + text() + "', got '" + reply + "'");
    }
}
