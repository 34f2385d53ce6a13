package plainweave.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Tries a codec on all that a network does to its frames: split at every byte, sent back to back, cut off at every byte,
 * longer than allowed, with lengths that lie.
 *
 * {@snippet lang = java:
 * CodecKit.<byte[]>buffered(
 *                 (sample, out) -> {
 *                     ByteWriter writer = ByteWriter.over(out, LIMIT);
 *                     codec.write(sample, writer);
 *                     writer.flush();
 *                 },
 *                 in -> {
 *                     ByteReader reader = ByteReader.over(in, LIMIT);
 *                     return () -> {
 *                         reader.startFrame();
 *                         return codec.read(REQUEST, reader);
 *                     };
 *                 })
 *         .samples(new byte[0], new byte[300])
 *         .hostile(LIMIT, new byte[] {-1, -1, -1, -1})
 *         .check();
 * }
 *
 * <p>The checks, by the name their failures begin with:
 * <ul>
 *   <li><b>round trip</b>: what was written is read, and nothing is left over;
 *   <li><b>split</b>: so it is if the bytes come one at a time, or in two parts, whatever the first one's length;
 *   <li><b>coalesced</b>: frames back to back are read one by one, however they are split;
 *   <li><b>truncated</b>: a stream that ends at any byte of a frame is an {@link IOException}, never a value;
 *   <li><b>oversize</b> and <b>hostile</b>: a frame over the limit, or a length that lies, is an {@link IOException}
 *       before it is read whole, and with at most twice the limit and 64 KiB allocated (on a platform thread; a virtual
 *       one is not measured);
 *   <li><b>resynchronised</b>: after such a frame valid ones are not read either;
 *   <li><b>unwritable</b>: a value that the codec refuses to write leaves nothing on the wire;
 *   <li><b>broken pipe</b>: when the stream fails, at any byte, so does the writer, and writes nothing more.
 * </ul>
 *
 * <p>"Every byte" is every byte of the first and the last 1 KiB; of the bytes between them, some 250. Not thread-safe.
 *
 * @param <T> what is written and read
 */
public final class CodecKit<T> {

    private static final int LARGEST_LIMIT = 16 << 20;

    /** Writes one frame, and flushes what it buffers. */
    @FunctionalInterface
    public interface Writer<T> {
        /** Writes {@code sample} to {@code out}. */
        void write(T sample, OutputStream out) throws IOException;
    }

    /** Reads one frame and not a byte more. */
    @FunctionalInterface
    public interface Reader<T> {
        /** Reads a value from {@code in}. */
        T read(InputStream in) throws IOException;
    }

    /** Begins to read a connection. */
    @FunctionalInterface
    public interface Opener<T> {
        /** The frames of a stream, of which nothing was read yet. */
        Frames<T> open(InputStream in);
    }

    /** The frames of one connection. */
    @FunctionalInterface
    public interface Frames<T> {
        /** Reads the next one. */
        T next() throws IOException;
    }

    final Writer<T> writer;
    final Opener<T> opener;
    /** Whether the reader leaves the stream right behind each frame, and holds nothing. */
    final boolean exact;

    final List<T> samples = new ArrayList<>();
    final List<T> unwritable = new ArrayList<>();
    final List<byte[]> oversize = new ArrayList<>();
    final List<byte[]> hostile = new ArrayList<>();
    BiPredicate<? super T, ? super T> equality = Objects::deepEquals;
    int limit;

    private CodecKit(Writer<T> writer, Opener<T> opener, boolean exact) {
        this.writer = Objects.requireNonNull(writer, "writer");
        this.opener = opener;
        this.exact = exact;
    }

    /**
     * A kit for a codec that reads from the stream itself and never takes more than a frame from it. With no state that
     * outlives a frame it cannot be checked for being resynchronised.
     */
    public static <T> CodecKit<T> of(Writer<T> writer, Reader<T> reader) {
        Objects.requireNonNull(reader, "reader");
        return new CodecKit<>(writer, in -> () -> reader.read(in), true);
    }

    /** A kit for a codec that reads ahead, so that what belongs to the next frame is held by {@link Frames}. */
    public static <T> CodecKit<T> buffered(Writer<T> writer, Opener<T> opener) {
        return new CodecKit<>(writer, Objects.requireNonNull(opener, "opener"), false);
    }

    /** The frame of a value, for instance to make one that is over the limit by a writer that has none. */
    public static <T> byte[] encode(Writer<T> writer, T sample) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        writer.write(sample, bytes);
        return bytes.toByteArray();
    }

    /** Adds values to be written and read; the shortest, the longest and the strangest make good ones. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final CodecKit<T> samples(T... values) {
        samples.addAll(List.of(values));
        return this;
    }

    /** Adds values that the writer must refuse, with whatever exception. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final CodecKit<T> unwritable(T... values) {
        unwritable.addAll(List.of(values));
        return this;
    }

    /**
     * Adds frames that are over the reader's limit.
     *
     * @param maxFrame the reader's limit, 1 byte to 16 MiB; the same for {@link #hostile}. What is allocated shows with
     *     64 KiB and more, and frames several times as long
     * @param frames whole frames, well formed but for their length
     * @throws IllegalArgumentException if a frame is not over the limit
     */
    public CodecKit<T> oversize(int maxFrame, byte[]... frames) {
        for (byte[] frame : frames) {
            if (frame.length <= maxFrame) {
                throw new IllegalArgumentException("frame of " + frame.length + " bytes is not over " + maxFrame);
            }
        }
        return refused(maxFrame, oversize, frames);
    }

    /**
     * Adds beginnings of frames that claim what cannot be: a length of -1, of 2^31-1, of 2^32-1, one with more bits
     * than there may be. What follows them on the wire are samples.
     *
     * @param maxFrame the reader's limit, 1 byte to 16 MiB; the same for {@link #oversize}
     * @param frames the bytes up to the end of the claim, or more
     */
    public CodecKit<T> hostile(int maxFrame, byte[]... frames) {
        return refused(maxFrame, hostile, frames);
    }

    /** Says when two values are the same; otherwise {@link Objects#deepEquals} does. */
    public CodecKit<T> comparing(BiPredicate<? super T, ? super T> same) {
        equality = Objects.requireNonNull(same, "same");
        return this;
    }

    /**
     * Runs all checks that there are values for.
     *
     * @throws AssertionError at the first failure; it tells the check, the sample by its number, and the byte
     * @throws IllegalStateException if there are no samples
     */
    public void check() {
        CodecChecks.of(this).forEach(check -> check.body().run());
    }

    /**
     * The same as one test each, for a {@code @TestFactory} of JUnit.
     *
     * @throws IllegalStateException if there are no samples
     */
    public Stream<DynamicTest> dynamicTests() {
        return DynamicChecks.of(CodecChecks.of(this));
    }

    private CodecKit<T> refused(int maxFrame, List<byte[]> into, byte[]... frames) {
        if (maxFrame < 1 || maxFrame > LARGEST_LIMIT) {
            throw new IllegalArgumentException("maxFrame: " + maxFrame);
        }
        if (limit != 0 && limit != maxFrame) {
            throw new IllegalArgumentException("maxFrame: " + maxFrame + " after " + limit);
        }
        limit = maxFrame;
        for (byte[] frame : frames) {
            into.add(frame.clone());
        }
        return this;
    }
}
