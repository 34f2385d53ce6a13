package plainweave.benchmarks.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the source sends, checked as it comes in from one connection: chunks of 64 KiB, each with its length before it (4
 * bytes) and its number, counted from 0, at its head (8 bytes). Used by one thread.
 */
public final class Chunks {

    /** Bytes of a chunk, its number included and its length not. */
    public static final int BYTES = 64 * 1024;

    /** Chunks of the job's downloads: 4 GiB. */
    public static final long PER_DOWNLOAD = 65_536;

    /** Chunks of an exchange: one MiB. */
    public static final int PER_EXCHANGE = 16;

    private final long perDownload;
    private final ByteBuffer head = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);
    private long next;
    private int left;
    private long finished;

    /** Downloads of so many chunks each; the first has still to be asked for. */
    public Chunks(long perDownload) {
        this.perDownload = perDownload;
        this.next = perDownload;
    }

    /** The line that asks for so many. */
    public static byte[] request(long chunks) {
        return (chunks + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** The number of a chunk. */
    public static long number(byte[] chunk) {
        return ByteBuffer.wrap(chunk).getLong();
    }

    /** Fails unless this is the number and the length that have to come. */
    public static void check(long expected, long number, int length) {
        if (number != expected || length != BYTES) {
            throw new IllegalStateException("a wrong chunk: expected number " + expected + " of " + BYTES
                    + " bytes, got number " + number + " of " + length);
        }
    }

    /** Takes all these bytes. */
    public void take(ByteBuffer in) {
        while (in.hasRemaining()) {
            if (left == 0) {
                while (head.hasRemaining() && in.hasRemaining()) {
                    head.put(in.get());
                }
                if (head.hasRemaining()) {
                    return;
                }
                int length = head.flip().getInt();
                check(next, head.getLong(), length);
                head.clear();
                left = length - Long.BYTES;
            }
            int some = Math.min(left, in.remaining());
            in.position(in.position() + some);
            left -= some;
            if (left == 0) {
                next++;
                finished++;
            }
        }
    }

    /** Whether an exchange is over that has not been told of yet. */
    public boolean exchange() {
        if (finished < PER_EXCHANGE) {
            return false;
        }
        finished -= PER_EXCHANGE;
        return true;
    }

    /** Whether the download is over; then the next one begins, and has to be asked for. */
    public boolean over() {
        if (next < perDownload) {
            return false;
        }
        next = 0;
        return true;
    }
}
