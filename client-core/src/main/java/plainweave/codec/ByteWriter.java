package plainweave.codec;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes typed values to a blocking stream, and never more of a frame than its bound.
 *
 * <p><b>The bound.</b> Every byte written since {@link #startFrame()} counts. A write that would take the frame over
 * {@code maxFrame} is refused with a {@link ProtocolException} before any byte of it is written.
 *
 * <p><b>Failures are final.</b> After an {@link IOException} of the stream or a refused write, every further write and
 * flush throws that same exception again: a part of a frame is never sent as if it were whole.
 *
 * <p><b>Memory.</b> 512 bytes from the first write on, at most 64 KiB. When these are full they are written to the
 * stream by themselves; larger arrays go to the stream without being copied. Nothing else reaches the stream before
 * {@link #flush()}. A frame on a connection that callers share ({@link #inMemory}) is held whole.
 *
 * <p>Unless told otherwise numbers are big endian, the network's order (RFC 1700). Not thread-safe.
 */
public final class ByteWriter {

    /** Holds the usual request whole. */
    private static final int FIRST_BUFFER = 512;

    /** The same where each request has a buffer of its own, to be filled with zeroes first. */
    private static final int FIRST_BUFFER_IN_MEMORY = 128;

    /** What a serial exchange may hold of a request: the rest is the stream's back-pressure. */
    private static final int LARGEST_BUFFER = 64 * 1024;

    /** Most given to the stream at once: the JDK copies through a direct buffer of that size. */
    private static final int SLICE = 64 * 1024;

    /** Null where the frame stays in memory. */
    private final @Nullable OutputStream out;

    private final int maxFrame;
    private final int firstBuffer;
    private final int largestBuffer;

    private byte[] buffer = Bytes.EMPTY;
    private int position;

    /** Where the frame began, as an index into the buffer; negative once its first bytes have left the buffer. */
    private int frameStart;

    /** The end of the room in the buffer and inside the bound, -1 after a failure: fast paths need one comparison. */
    private int stop;

    private long flushed;
    private @Nullable IOException failure;

    /** The failure is a refusal of ours: the transport is in order. */
    private boolean refused;

    private ByteWriter(@Nullable OutputStream out, int maxFrame) {
        if (maxFrame < 1) {
            throw new IllegalArgumentException("maxFrame " + maxFrame + " is not allowed: 1 to 2147483647 bytes");
        }
        this.out = out;
        this.maxFrame = maxFrame;
        this.firstBuffer = out == null ? FIRST_BUFFER_IN_MEMORY : FIRST_BUFFER;
        this.largestBuffer = out == null ? maxFrame : LARGEST_BUFFER;
    }

    /**
     * A writer at the beginning of a frame.
     *
     * @param out a blocking stream; the writer does not close it
     * @param maxFrame the most bytes of a frame, 1 to 2^31-1
     * @return the writer; it has not written anything yet
     * @throws IllegalArgumentException if {@code maxFrame} is under 1
     */
    public static ByteWriter over(OutputStream out, int maxFrame) {
        Objects.requireNonNull(out, "out");
        return new ByteWriter(out, maxFrame);
    }

    /**
     * A writer whose frame stays in memory, as requests do that many callers send over one connection: one frame, which
     * {@link #startFrame()} does not divide. {@link #flush()} does nothing.
     *
     * @param maxFrame the most bytes of the frame, 1 to 2^31-1
     * @return the writer; {@link #frameBytes()} tells how much is in it
     * @throws IllegalArgumentException if {@code maxFrame} is under 1
     */
    public static ByteWriter inMemory(int maxFrame) {
        ByteWriter writer = new ByteWriter(null, maxFrame);
        writer.findStop();
        return writer;
    }

    /**
     * Copies the frame that is in memory.
     *
     * @param into has room for {@link #frameBytes()} bytes from {@code off} on
     */
    public void copyTo(byte[] into, int off) {
        System.arraycopy(buffer, 0, into, off, position);
    }

    /** Writes the frame that is in memory to a stream. */
    public void sendTo(OutputStream stream) throws IOException {
        stream.write(buffer, 0, position);
    }

    /** Begins a new frame: the bound counts from zero again. Called by the library before each {@link Codec#write}. */
    public void startFrame() {
        frameStart = out == null ? 0 : position;
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
        flushed = 0;
        failure = null;
        refused = false;
        startFrame();
    }

    /**
     * Gives up the buffer while nothing is to be written, so that another writer or a reader can have it. Called by the library.
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
     * @param detached from another writer's {@link #detachBuffer()}, or a reader's
     */
    public void attachBuffer(byte[] detached) {
        buffer = detached;
        reset();
    }

    /** How many bytes of the frame were written, flushed or not, 0 to {@code maxFrame}. */
    public long frameBytes() {
        return (long) position - frameStart;
    }

    /**
     * How many bytes were handed to the stream since the writer was made, of all frames. Those of a write that failed
     * are counted: the stream may have taken them. 0 means that the peer cannot have seen anything.
     */
    public long flushed() {
        return flushed;
    }

    /**
     * The failure of the transport: the first exception that the stream threw. Null if there was none; a refused write
     * is no failure of the transport.
     */
    public @Nullable IOException failure() {
        return refused ? null : failure;
    }

    /**
     * Whether every further write will throw: after a {@link #failure()} of the transport, and after a write was
     * refused.
     */
    public boolean failed() {
        return failure != null;
    }

    /** One byte: the lowest 8 bits. */
    public void writeByte(int value) throws IOException {
        int at = take(Byte.BYTES);
        buffer[at] = (byte) value;
    }

    /** Two bytes, big endian: the lowest 16 bits. */
    public void writeShort(int value) throws IOException {
        int at = take(Short.BYTES);
        Bytes.putShort(buffer, at, (short) value);
    }

    /** Two bytes in the given order: the lowest 16 bits. */
    public void writeShort(int value, ByteOrder order) throws IOException {
        writeShort(order == ByteOrder.LITTLE_ENDIAN ? Short.reverseBytes((short) value) : value);
    }

    /** Four bytes, big endian. */
    public void writeInt(int value) throws IOException {
        int at = take(Integer.BYTES);
        Bytes.putInt(buffer, at, value);
    }

    /** Four bytes in the given order. */
    public void writeInt(int value, ByteOrder order) throws IOException {
        writeInt(order == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(value) : value);
    }

    /** Eight bytes, big endian. */
    public void writeLong(long value) throws IOException {
        int at = take(Long.BYTES);
        Bytes.putLong(buffer, at, value);
    }

    /** Eight bytes in the given order. */
    public void writeLong(long value, ByteOrder order) throws IOException {
        writeLong(order == ByteOrder.LITTLE_ENDIAN ? Long.reverseBytes(value) : value);
    }

    /** The 32 bits as an unsigned LEB128 number in 1 to 5 bytes, as in Protocol Buffers. */
    public void writeVarint(int value) throws IOException {
        writeVarlong(Integer.toUnsignedLong(value));
    }

    /** The 64 bits as an unsigned LEB128 number in 1 to 10 bytes, as in Protocol Buffers. */
    public void writeVarlong(long value) throws IOException {
        int at = take((Long.SIZE - 1 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[at] = (byte) rest;
    }

    /** All bytes of the array. */
    public void write(byte[] bytes) throws IOException {
        put(bytes, 0, bytes.length);
    }

    /**
     * A part of an array.
     *
     * @param bytes the array; it may be changed once this returns
     * @param off the index of the first
     * @param len how many
     * @throws IndexOutOfBoundsException if the range is not inside the array
     * @throws ProtocolException if the frame would be over {@code maxFrame} with it
     */
    public void write(byte[] bytes, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, bytes.length);
        put(bytes, off, len);
    }

    /**
     * The text, without its length or an end. A character that the charset does not have is written as the charset's
     * replacement, as {@link String#getBytes(Charset)} does.
     *
     * @param text the text
     * @param charset what to encode it in
     * @throws ProtocolException if the frame would be over {@code maxFrame} with it
     */
    public void writeString(String text, Charset charset) throws IOException {
        // The array is short-lived and filled by an intrinsic: faster than a loop over the characters into the buffer.
        byte[] bytes = text.getBytes(charset);
        put(bytes, 0, bytes.length);
    }

    /** Hands what is buffered to the stream, and flushes that. */
    public void flush() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (out == null) {
            return;
        }
        drain();
        try {
            out.flush();
        } catch (IOException e) {
            throw fail(e);
        }
    }

    private void put(byte[] bytes, int off, int len) throws IOException {
        if (position + (long) len > stop) {
            check(len);
            if (len > largestBuffer - position) {
                drain();
                if (len > largestBuffer / 2) {
                    pass(bytes, off, len);
                    return;
                }
            }
            reserve(len);
        }
        System.arraycopy(bytes, off, buffer, position, len);
        position += len;
    }

    /** Has room for a few bytes and returns where they go. The buffer may be another one afterwards. */
    private int take(int n) throws IOException {
        if (position + n > stop) {
            check(n);
            if (n > largestBuffer - position) {
                drain();
            }
            reserve(n);
        }
        int at = position;
        position = at + n;
        return at;
    }

    private void check(int n) throws IOException {
        if (failure != null) {
            throw failure;
        }
        long frame = frameBytes() + n;
        if (frame > maxFrame) {
            refused = true;
            throw fail(new ProtocolException("frame of " + frame + " bytes is over maxFrame " + maxFrame));
        }
    }

    /** Makes the buffer large enough; the caller sees to it that the largest is. */
    private void reserve(int n) {
        int needed = position + n;
        if (needed > buffer.length) {
            long doubled = 2L * Integer.highestOneBit(Math.max(1, needed - 1));
            byte[] next = new byte[(int) Math.min(largestBuffer, Math.max(firstBuffer, doubled))];
            System.arraycopy(buffer, 0, next, 0, position);
            buffer = next;
            findStop();
        }
    }

    private void drain() throws IOException {
        int n = position;
        if (n > 0) {
            position = 0;
            frameStart -= n;
            findStop();
            send(buffer, 0, n);
        }
    }

    private void pass(byte[] bytes, int off, int len) throws IOException {
        int at = off;
        int end = off + len;
        while (at < end) {
            int n = Math.min(SLICE, end - at);
            frameStart -= n;
            findStop();
            send(bytes, at, n);
            at += n;
        }
    }

    private void send(byte[] bytes, int off, int len) throws IOException {
        flushed += len;
        try {
            Objects.requireNonNull(out).write(bytes, off, len);
        } catch (IOException e) {
            throw fail(e);
        } catch (RuntimeException | Error e) {
            // A stream that breaks its contract may have taken a part of the bytes.
            fail(new IOException("the stream threw " + e.getClass().getName(), e));
            throw e;
        }
    }

    private void findStop() {
        stop = (int) Math.min(buffer.length, (long) frameStart + maxFrame);
    }

    private IOException fail(IOException e) {
        failure = e;
        stop = -1;
        return e;
    }
}
