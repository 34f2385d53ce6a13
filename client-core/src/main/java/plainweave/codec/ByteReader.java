package plainweave.codec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed values from a blocking stream, and never more of a frame than its bound.
 *
 * <p><b>The bound.</b> Every byte consumed since {@link #startFrame()} counts, delimiters and prefixes too. A length is
 * checked before anything is allocated by it: one that is negative, or would take the frame over {@code maxFrame}, is
 * refused with a {@link ProtocolException} that tells the number and the bound.
 *
 * <p><b>Failures are final.</b> After an {@link IOException} of the stream, an end of the stream inside a frame
 * ({@link EOFException}) or a refused length, every further read throws that same exception again: where the next frame
 * would begin is no longer known.
 *
 * <p><b>Memory.</b> 512 bytes from the first read on, which stay with the connection, at most 16 KiB while the peer sends faster than small reads take
 * it, and the value that is being read. Values of known length are allocated once. What {@link #readLine} and
 * {@link #readUntil} return is held twice for a moment when it is over 16 KiB.
 *
 * <p>Unless told otherwise numbers are big endian, the network's order (RFC 1700). Each method that reads blocks until
 * it has all it returns, and throws {@link EOFException} if the stream ends before. Text that is malformed in its
 * charset is decoded with the charset's replacement, as {@link String} does.
 *
 * <p>Not thread-safe. Reads ahead: bytes after the frame may be held here ({@link #buffered()}) and are lost to other
 * readers of the stream.
 */
public final class ByteReader {

    /** Holds the usual reply whole, and is little enough for thousands of exchanges that wait. */
    private static final int FIRST_BUFFER = 512;

    /** Where a larger buffer no longer saves time: the cost of a system call is spread over enough bytes. */
    private static final int LARGEST_BUFFER = 16 * 1024;

    /** Most asked of the stream at once: the JDK copies through a direct buffer of the size asked for. */
    private static final int SLICE = 64 * 1024;

    /** Keeps a delimiter well inside the buffer that it is searched in. */
    static final int LONGEST_DELIMITER = 1024;

    private static final byte[] LF = {'\n'};

    private final InputStream in;
    private final int maxFrame;

    private byte[] buffer = Bytes.EMPTY;
    private int position;
    private int limit;

    /** Where the frame began, as an index into the buffer; negative once its first bytes have left the buffer. */
    private int frameStart;

    /**
     * The end of what is buffered and inside the bound, -1 after a failure: so each fast path needs one comparison
     * for the bytes that are there, the bound and the failure.
     */
    private int stop;

    /** The last read from the stream filled the buffer to its end: there is more, and a larger buffer pays. */
    private boolean filled;

    /** The last read from the stream gave all that was asked for. */
    private boolean full;

    private long received;
    private @Nullable IOException failure;

    /** The failure is a refusal of ours: the transport is in order. */
    private boolean refused;

    private ByteReader(InputStream in, int maxFrame) {
        this.in = in;
        this.maxFrame = maxFrame;
    }

    /**
     * A reader at the beginning of a frame.
     *
     * @param in a blocking stream; the reader does not close it
     * @param maxFrame the most bytes of a frame, 1 to 2^31-1
     * @return the reader; it has not read anything yet
     * @throws IllegalArgumentException if {@code maxFrame} is under 1
     */
    public static ByteReader over(InputStream in, int maxFrame) {
        Objects.requireNonNull(in, "in");
        if (maxFrame < 1) {
            throw new IllegalArgumentException("maxFrame " + maxFrame + " is not allowed: 1 to 2147483647 bytes");
        }
        return new ByteReader(in, maxFrame);
    }

    /**
     * Begins a new frame: the bound counts from zero again. Called by the library before each {@link Codec#read}. A
     * codec that calls it inside a reply takes it upon itself to bound the whole.
     */
    public void startFrame() {
        frameStart = position;
        if (failure == null) {
            findStop();
        }
    }

    /**
     * Begins another exchange on the same stream: nothing is buffered, counted or failed any more, and a buffer of more than 512
     * bytes is given up. Called by the library, which has made sure that nothing is lost.
     */
    public void reset() {
        if (buffer.length > FIRST_BUFFER) {
            buffer = Bytes.EMPTY;
        }
        position = 0;
        limit = 0;
        filled = false;
        full = false;
        received = 0;
        failure = null;
        refused = false;
        startFrame();
    }

    /**
     * Gives up the buffer while nothing is to be read, so that another reader or a writer can have it. Called by the library, which has made sure that
     * nothing is lost.
     *
     * @return the buffer; empty if there is none, or it is of no common size
     */
    public byte[] detachBuffer() {
        byte[] detached = buffer.length == FIRST_BUFFER ? buffer : Bytes.EMPTY;
        buffer = Bytes.EMPTY;
        reset();
        return detached;
    }

    /**
     * Takes over a buffer. Called by the library.
     *
     * @param detached from another reader's {@link #detachBuffer()}, or a writer's
     */
    public void attachBuffer(byte[] detached) {
        buffer = detached;
        reset();
    }

    /** How many bytes of the frame were consumed, 0 to {@code maxFrame}. */
    public long frameBytes() {
        return (long) position - frameStart;
    }

    /**
     * How many bytes were taken from the stream and not consumed. Not 0 after a complete reply means that the peer sent
     * more than was asked for. It never blocks.
     */
    public int buffered() {
        return limit - position;
    }

    /** Whether more bytes may have come than were taken from the stream: the last read of it gave all that was asked for. */
    public boolean moreMayWait() {
        return full;
    }

    /**
     * How many bytes were taken from the stream since the reader was made, of all frames. 0 after a failure means that
     * the peer has not answered at all.
     */
    public long received() {
        return received;
    }

    /**
     * The failure of the transport: the first exception that the stream threw, or an {@link EOFException} for its end
     * inside a frame. Null if there was none; a refused length is no failure of the transport.
     */
    public @Nullable IOException failure() {
        return refused ? null : failure;
    }

    /**
     * Whether every further read will throw: after a {@link #failure()} of the transport, and after a length was
     * refused. The connection is of no more use.
     */
    public boolean failed() {
        return failure != null;
    }

    /**
     * Checks a length that the peer claims against the bound, for a codec that allocates by it. Consumes nothing.
     *
     * @param n how many more bytes are said to belong to the frame
     * @return {@code n}
     * @throws ProtocolException if {@code n} is negative, or the frame would be over {@code maxFrame} with it
     * @throws IOException the earlier failure, if there was one
     */
    public int checkLength(long n) throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (n < 0) {
            throw refuse("negative length " + n + ", maxFrame " + maxFrame);
        }
        long consumed = frameBytes();
        if (n > maxFrame - consumed) {
            throw refuse("frame of " + Long.toUnsignedString(consumed + n) + " bytes is over maxFrame " + maxFrame);
        }
        return (int) n;
    }

    /** One byte, -128 to 127. */
    public byte readByte() throws IOException {
        int at = take(Byte.BYTES);
        return buffer[at];
    }

    /** One byte, 0 to 255. */
    public int readUnsignedByte() throws IOException {
        return readByte() & 0xFF;
    }

    /** Two bytes, big endian, -32,768 to 32,767. */
    public short readShort() throws IOException {
        int at = take(Short.BYTES);
        return Bytes.shortAt(buffer, at);
    }

    /** Two bytes in the given order, -32,768 to 32,767. */
    public short readShort(ByteOrder order) throws IOException {
        short value = readShort();
        return order == ByteOrder.LITTLE_ENDIAN ? Short.reverseBytes(value) : value;
    }

    /** Two bytes, big endian, 0 to 65,535. */
    public int readUnsignedShort() throws IOException {
        return readShort() & 0xFFFF;
    }

    /** Two bytes in the given order, 0 to 65,535. */
    public int readUnsignedShort(ByteOrder order) throws IOException {
        return readShort(order) & 0xFFFF;
    }

    /** Four bytes, big endian. */
    public int readInt() throws IOException {
        int at = take(Integer.BYTES);
        return Bytes.intAt(buffer, at);
    }

    /** Four bytes in the given order. */
    public int readInt(ByteOrder order) throws IOException {
        int value = readInt();
        return order == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
    }

    /** Four bytes, big endian, 0 to 2^32-1. */
    public long readUnsignedInt() throws IOException {
        return Integer.toUnsignedLong(readInt());
    }

    /** Four bytes in the given order, 0 to 2^32-1. */
    public long readUnsignedInt(ByteOrder order) throws IOException {
        return Integer.toUnsignedLong(readInt(order));
    }

    /** Eight bytes, big endian. */
    public long readLong() throws IOException {
        int at = take(Long.BYTES);
        return Bytes.longAt(buffer, at);
    }

    /** Eight bytes in the given order. */
    public long readLong(ByteOrder order) throws IOException {
        long value = readLong();
        return order == ByteOrder.LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
    }

    /**
     * An unsigned LEB128 number of 32 bits in 1 to 5 bytes, as in Protocol Buffers; leading zero groups are accepted.
     * Numbers over 2^31-1 come out negative: {@link Integer#toUnsignedLong} before use as a length.
     *
     * @return the 32 bits
     * @throws ProtocolException if it has more than 32 bits
     */
    public int readVarint() throws IOException {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            byte group = readByte();
            value |= (group & 0x7F) << shift;
            if (group >= 0) {
                return value;
            }
        }
        byte top = readByte();
        if ((top & 0xF0) != 0) {
            throw refuse("varint of more than 32 bits");
        }
        return value | top << 28;
    }

    /**
     * An unsigned LEB128 number of 64 bits in 1 to 10 bytes, as in Protocol Buffers; leading zero groups are accepted.
     *
     * @return the 64 bits; numbers over 2^63-1 come out negative
     * @throws ProtocolException if it has more than 64 bits
     */
    public long readVarlong() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            byte group = readByte();
            value |= (group & 0x7FL) << shift;
            if (group >= 0) {
                return value;
            }
        }
        byte top = readByte();
        if ((top & 0xFE) != 0) {
            throw refuse("varint of more than 64 bits");
        }
        return value | (long) top << 63;
    }

    /**
     * That many bytes, in an array of its own.
     *
     * @param n how many; a long, so that an unsigned length of 32 bits can be passed as it is
     * @return an array of {@code n} bytes
     * @throws ProtocolException if {@code n} is negative, or the frame would be over {@code maxFrame} with it
     * @throws EOFException if the stream ends before
     */
    public byte[] readBytes(long n) throws IOException {
        int length = checkLength(n);
        if (length <= limit - position) {
            position += length;
            return Arrays.copyOfRange(buffer, position - length, position);
        }
        byte[] bytes = new byte[length];
        transfer(bytes, 0, length);
        return bytes;
    }

    /**
     * That many bytes into an array.
     *
     * @param into where to
     * @param off the index of the first
     * @param len how many
     * @throws ProtocolException if {@code len} is negative, or the frame would be over {@code maxFrame} with it
     * @throws IndexOutOfBoundsException if the range is not inside the array
     * @throws EOFException if the stream ends before; the array then holds a part
     */
    public void readFully(byte[] into, int off, int len) throws IOException {
        checkLength(len);
        Objects.checkFromIndexSize(off, len, into.length);
        transfer(into, off, len);
    }

    /**
     * That many bytes as text.
     *
     * @param n how many bytes, not characters
     * @param charset what they are encoded in
     * @return the text
     * @throws ProtocolException if {@code n} is negative, or the frame would be over {@code maxFrame} with it
     * @throws EOFException if the stream ends before
     */
    public String readString(long n, Charset charset) throws IOException {
        int length = checkLength(n);
        if (length > Math.max(FIRST_BUFFER, limit - position)) {
            byte[] bytes = new byte[length];
            transfer(bytes, 0, length);
            return new String(bytes, charset);
        }
        await(length);
        position += length;
        return new String(buffer, position - length, length, charset);
    }

    /**
     * The text before the next LF. The LF, and one CR before it, are consumed but not returned; a CR anywhere else
     * is text.
     *
     * @param charset what the line is encoded in; one in which LF is the single byte 10 and no other character has that
     *     byte, so not UTF-16 or UTF-32
     * @return the line without its end
     * @throws ProtocolException if no LF is within the bound
     * @throws EOFException if the stream ends before the LF
     */
    public String readLine(Charset charset) throws IOException {
        int end = find(LF);
        if (end < 0) {
            byte[] line = gather(LF);
            return new String(line, 0, withoutCr(line, 0, line.length), charset);
        }
        int start = position;
        position = end;
        return new String(buffer, start, withoutCr(buffer, start, end - 1) - start, charset);
    }

    /**
     * The bytes before the next delimiter, which is consumed but not returned.
     *
     * @param delimiter 1 to 1,024 bytes
     * @return what is before the delimiter, possibly nothing
     * @throws IllegalArgumentException if the delimiter has no or too many bytes
     * @throws ProtocolException if no delimiter is within the bound, which it counts to
     * @throws EOFException if the stream ends before the end of the delimiter
     */
    public byte[] readUntil(byte... delimiter) throws IOException {
        checkDelimiter(delimiter);
        int end = find(delimiter);
        if (end < 0) {
            return gather(delimiter);
        }
        int start = position;
        position = end;
        return Arrays.copyOfRange(buffer, start, end - delimiter.length);
    }

    /**
     * What is there, at least one byte: for bodies that are passed on as they come. It blocks only if nothing is there.
     *
     * @param into where to
     * @param off the index of the first
     * @param len how many at most; over 0
     * @return how many, or -1 if the stream ends here
     * @throws ProtocolException if the frame is at {@code maxFrame} already
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public int readSome(byte[] into, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, into.length);
        if (peek() < 0) {
            return -1;
        }
        checkLength(1);
        int n = Math.min(len, stop - position);
        System.arraycopy(buffer, position, into, off, n);
        position += n;
        return n;
    }

    /**
     * Consumes that many bytes. They count to the bound like all others.
     *
     * @param n how many
     * @throws ProtocolException if {@code n} is negative, or the frame would be over {@code maxFrame} with it
     * @throws EOFException if the stream ends before
     */
    public void skip(long n) throws IOException {
        int rest = checkLength(n);
        while (rest > limit - position) {
            rest -= limit - position;
            position = limit;
            fill();
        }
        position += rest;
    }

    /**
     * The next byte, 0 to 255, without consuming it; -1 if the stream ends here. It may block, and does not count to
     * the bound.
     */
    public int peek() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (position == limit && !fillUnlessEnd()) {
            return -1;
        }
        return buffer[position] & 0xFF;
    }

    /** Whether the stream ends here: the peer closed its side, and all it sent is consumed. It may block. */
    public boolean atEnd() throws IOException {
        return peek() < 0;
    }

    static void checkDelimiter(byte[] delimiter) {
        if (delimiter.length < 1 || delimiter.length > LONGEST_DELIMITER) {
            throw new IllegalArgumentException(
                    "delimiter of " + delimiter.length + " bytes is not allowed: 1 to " + LONGEST_DELIMITER);
        }
    }

    private static int withoutCr(byte[] bytes, int start, int end) {
        return end > start && bytes[end - 1] == '\r' ? end - 1 : end;
    }

    /** Consumes a few bytes and returns where they are. The buffer may be another one afterwards. */
    private int take(int n) throws IOException {
        if (position + n > stop) {
            checkLength(n);
            await(n);
        }
        int at = position;
        position = at + n;
        return at;
    }

    /** Has at least that many bytes in the buffer, in which they must find room. */
    private void await(int n) throws IOException {
        while (limit - position < n) {
            fill();
        }
    }

    private void transfer(byte[] into, int off, int len) throws IOException {
        int at = off;
        int end = off + len;
        while (true) {
            int part = Math.min(end - at, limit - position);
            System.arraycopy(buffer, position, into, at, part);
            position += part;
            at += part;
            if (at == end) {
                return;
            }
            if (end - at < FIRST_BUFFER) {
                // Copying so little twice is cheaper than asking the stream again for what may come right behind it.
                fill();
            } else {
                int n = readStream(into, at, Math.min(end - at, SLICE));
                if (n < 0) {
                    throw ended();
                }
                at += n;
                frameStart -= n;
                filled = false;
            }
        }
    }

    /** Reads until the delimiter is in the buffer. Returns the index after it, -1 if the largest buffer is full. */
    private int find(byte[] delimiter) throws IOException {
        checkLength(delimiter.length);
        int before = delimiter.length - 1;
        int searched = before;
        while (true) {
            // By its last byte: whatever else belongs to the delimiter is then there to be compared.
            int at = position + searched - 1;
            while ((at = Bytes.indexOf(buffer, at + 1, stop, delimiter[before])) >= 0) {
                if (before == 0 || Arrays.equals(buffer, at - before, at, delimiter, 0, before)) {
                    return at + 1;
                }
            }
            if (stop - frameStart == maxFrame) {
                throw refuse("frame of at least " + (maxFrame + 1L) + " bytes is over maxFrame " + maxFrame);
            }
            if (limit - position == LARGEST_BUFFER) {
                return -1;
            }
            searched = Math.max(searched, limit - position);
            fill();
        }
    }

    /** What is before the delimiter when it is not within one buffer. */
    private byte[] gather(byte[] delimiter) throws IOException {
        List<byte[]> parts = new ArrayList<>();
        int length = 0;
        int end;
        do {
            // The delimiter may have begun at the end of the buffer.
            int cut = limit - (delimiter.length - 1);
            parts.add(Arrays.copyOfRange(buffer, position, cut));
            length += cut - position;
            position = cut;
            end = find(delimiter);
        } while (end < 0);
        int last = end - delimiter.length - position;
        byte[] whole = new byte[length + last];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        System.arraycopy(buffer, position, whole, at, last);
        position = end;
        return whole;
    }

    private void fill() throws IOException {
        if (!fillUnlessEnd()) {
            throw ended();
        }
    }

    /** Reads once behind what is buffered. The caller sees to it that the largest buffer is not full. */
    private boolean fillUnlessEnd() throws IOException {
        int held = limit - position;
        byte[] next = buffer;
        if (buffer.length == 0) {
            next = new byte[FIRST_BUFFER];
        } else if (buffer.length < LARGEST_BUFFER && (filled || held > buffer.length / 2)) {
            next = new byte[buffer.length * 2];
        }
        System.arraycopy(buffer, position, next, 0, held);
        buffer = next;
        frameStart -= position;
        position = 0;
        limit = held;
        int n = readStream(buffer, held, buffer.length - held);
        if (n < 0) {
            findStop();
            return false;
        }
        limit = held + n;
        filled = limit == buffer.length;
        findStop();
        return true;
    }

    /** Reads once. Returns at least 1, or -1 at the end of the stream. */
    private int readStream(byte[] into, int off, int len) throws IOException {
        int n;
        try {
            n = in.read(into, off, len);
        } catch (IOException e) {
            throw fail(e);
        } catch (RuntimeException | Error e) {
            // A stream that breaks its contract may have lost bytes on its way out.
            fail(new IOException("the stream threw " + e.getClass().getName(), e));
            throw e;
        }
        if (n == 0 || n > len) {
            throw fail(new IOException(
                    "broken stream: read of " + len + " bytes returned " + n + ", must be 1 to " + len + " or -1"));
        }
        received += Math.max(n, 0);
        full = n == len;
        return n;
    }

    private void findStop() {
        stop = (int) Math.min(limit, (long) frameStart + maxFrame);
    }

    private IOException ended() {
        long came = (long) limit - frameStart;
        return fail(new EOFException(
                came == 0
                        ? "end of stream before the first byte of the frame"
                        : "end of stream after " + came + " bytes of the frame"));
    }

    private IOException refuse(String message) {
        refused = true;
        return fail(new ProtocolException(message));
    }

    private IOException fail(IOException e) {
        failure = e;
        stop = -1;
        return e;
    }
}
