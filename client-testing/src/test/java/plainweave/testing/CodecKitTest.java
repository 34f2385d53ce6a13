package plainweave.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import plainweave.testing.CodecKit.Frames;

/** A good codec passes, and each check finds the bad one that was made for it. */
@Timeout(20)
class CodecKitTest {
    private static final int LIMIT = 100_000;
    private static final byte[][] LIES = {{-1, -1, -1, -1}, {0x7F, -1, -1, -1}, {(byte) 0x80, 0, 0, 0}};

    @TestFactory
    Stream<DynamicTest> aGoodCodecPasses() {
        return good().dynamicTests();
    }

    @Test
    void aGoodCodecThatReadsFromTheStreamItselfPasses() {
        CodecKit.of(CodecKitTest::write, CodecKitTest::read)
                .samples("a", "", "ä".repeat(3_000))
                .oversize(LIMIT, frame(5 * LIMIT))
                .hostile(LIMIT, LIES)
                .unwritable("\0")
                .check();
    }

    @Test
    void aTestIsNamedAfterItsCheck() {
        assertEquals(
                List.of(
                        "round trip",
                        "split",
                        "coalesced",
                        "truncated",
                        "oversize",
                        "hostile",
                        "resynchronised",
                        "unwritable",
                        "broken pipe"),
                good().dynamicTests().map(DynamicTest::getDisplayName).toList());
        assertEquals(
                List.of("round trip", "split", "coalesced", "truncated", "broken pipe"),
                CodecKit.of(CodecKitTest::write, CodecKitTest::read)
                        .samples("a")
                        .dynamicTests()
                        .map(DynamicTest::getDisplayName)
                        .toList());
    }

    @Test
    void itWorksWithoutJUnit() throws Exception {
        URL[] ours = {location(CodecKit.class), location(WithoutJUnit.class)};
        try (URLClassLoader loader = new URLClassLoader(ours, ClassLoader.getPlatformClassLoader())) {
            assertThrows(ClassNotFoundException.class, () -> loader.loadClass(DynamicTest.class.getName()));
            Class<?> program = loader.loadClass(WithoutJUnit.class.getName());
            ((Runnable) program.getConstructor().newInstance()).run();
        }
    }

    @Test
    void aValueThatChangesOnTheWayIsFound() {
        assertFound(
                reading(in -> read(in).toLowerCase(Locale.ROOT)).samples("a", "Bc"),
                "round trip: alone, sample 2 of 2: read [bc]");
    }

    @Test
    void valuesMayBeComparedAnotherWay() {
        reading(in -> read(in).toLowerCase(Locale.ROOT))
                .samples("Bc")
                .comparing(String::equalsIgnoreCase)
                .check();
    }

    @Test
    void aWriterThatDoesNotFlushIsFound() {
        assertFound(
                CodecKit.<String>of((value, out) -> write(value, new BufferedOutputStream(out)), CodecKitTest::read)
                        .samples("a"),
                "round trip: sample 1 of 1: the writer wrote nothing; did it flush?");
    }

    @Test
    void aWriterThatFailsIsFound() {
        assertFound(good().samples("\0"), "round trip: sample 6 of 6: the writer threw java.lang.Illegal");
    }

    @Test
    void aReaderThatTakesWhatOneReadReturnsIsFound() {
        assertFound(
                reading(in -> {
                            byte[] bytes = new byte[length(in)];
                            int count = in.read(bytes);
                            return new String(bytes, 0, Math.max(count, 0), UTF_8);
                        })
                        .samples("abc"),
                "split: byte by byte, sample 1 of 1: read [a]");
    }

    @Test
    void aReaderThatFailsAtASplitIsFoundWithItsByte() {
        assertFound(
                CodecKit.<String>buffered(CodecKitTest::write, in -> () -> {
                            int length = length(in);
                            if (in.available() == 2) {
                                throw new EOFException();
                            }
                            return text(in, length);
                        })
                        .samples("abcdef"),
                "split: split after 6 of 10 bytes, sample 1 of 1: threw java.io.EOFException");
    }

    @Test
    void aReaderThatTakesTheNextFrameAlongIsFound() {
        assertFound(
                reading(in -> read(new BufferedInputStream(in))).samples("abc", "d"),
                "coalesced: all at once, sample 1 of 2: took 19 bytes, where its frame ends after 7:"
                        + " a codec that reads ahead needs the buffered kit");
        assertFound(
                CodecKit.<String>buffered(CodecKitTest::write, in -> () -> read(new BufferedInputStream(in)))
                        .samples("abc", "d"),
                "coalesced: all at once, sample 2 of 2: threw java.io.EOFException");
    }

    @Test
    void aReaderThatLeavesAByteIsFound() {
        CodecKit.Writer<String> terminated = (value, out) -> {
            write(value, out);
            out.write(0);
        };
        assertFound(
                CodecKit.of(terminated, CodecKitTest::read).samples("abc"),
                "round trip: alone, sample 1 of 1: took 7 bytes, where its frame ends after 8");
        assertFound(
                CodecKit.<String>buffered(terminated, in -> () -> read(in)).samples("abc", "d"),
                "coalesced: all at once, sample 2 of 2: read []");
    }

    @Test
    void aReaderThatTakesAnEndForAValueIsFound() {
        assertFound(
                reading(in -> {
                            int length = length(in);
                            return new String(in.readNBytes(length), UTF_8);
                        })
                        .samples("abc"),
                "truncated: sample 1 of 1, ended after 4 of 7 bytes: read [] instead");
    }

    @Test
    void aReaderThatLoopsAtTheEndIsFound() {
        assertFound(
                reading(in -> {
                            byte[] bytes = new byte[length(in)];
                            for (int at = 0; at < bytes.length; ) {
                                at += Math.max(in.read(bytes, at, bytes.length - at), 0);
                            }
                            return new String(bytes, UTF_8);
                        })
                        .samples("abc"),
                "truncated: sample 1 of 1, ended after 4 of 7 bytes: threw java.lang.AssertionError: it still reads");
    }

    @Test
    void aReaderThatThrowsSomethingElseAtTheEndIsFound() {
        assertFound(
                reading(in -> {
                            byte[] head = in.readNBytes(4);
                            if (head.length == 0) {
                                throw new EOFException();
                            }
                            int length = head[3];
                            return text(in, length);
                        })
                        .samples("abc"),
                "truncated: sample 1 of 1, ended after 1 of 7 bytes: threw java.lang.ArrayIndexOutOfBounds");
    }

    @Test
    void aReaderWithoutALimitIsFound() {
        assertFound(
                buffered(in -> text(in, new DataInputStream(in).readInt())).oversize(LIMIT, frame(LIMIT)),
                "oversize: frame 1 of 1: read [xxx");
    }

    @Test
    void aReaderThatAllocatesBeforeItRefusesIsFound() {
        assertFound(
                buffered(in -> {
                            int length = new DataInputStream(in).readInt();
                            byte[] bytes = new byte[Math.clamp(length, 0, 10 * LIMIT)];
                            return text(in, checked(length, LIMIT - bytes[0]));
                        })
                        .oversize(LIMIT, frame(9 * LIMIT)),
                "oversize: frame 1 of 1: allocated 9");
    }

    @Test
    void aReaderThatReadsAllBeforeItRefusesIsFound() {
        assertFound(
                buffered(in -> {
                            int length = new DataInputStream(in).readInt();
                            if (length > LIMIT) {
                                in.skipNBytes(length);
                            }
                            return text(in, checked(length, LIMIT));
                        })
                        .oversize(LIMIT, frame(3 * LIMIT)),
                "oversize: frame 1 of 1: took 300004 bytes before it refused, limit 100000");
    }

    @Test
    void aReaderThatTakesANegativeLengthForNothingIsFound() {
        assertFound(
                buffered(in -> {
                            int length = new DataInputStream(in).readInt();
                            return length <= 0 ? "" : text(in, checked(length, LIMIT));
                        })
                        .hostile(LIMIT, LIES),
                "hostile: frame 1 of 3: read []");
    }

    @Test
    void aReaderThatAllocatesANegativeLengthIsFound() {
        assertFound(
                buffered(in -> {
                            int length = new DataInputStream(in).readInt();
                            if (length > LIMIT) {
                                throw new ProtocolException();
                            }
                            return text(in, length);
                        })
                        .hostile(LIMIT, LIES),
                "hostile: frame 1 of 3: threw java.lang.NegativeArraySizeException");
    }

    @Test
    void aReaderThatAllocatesTwoGibibytesIsFound() {
        assertFound(
                buffered(in -> text(in, new DataInputStream(in).readInt() & Integer.MAX_VALUE))
                        .hostile(LIMIT, LIES),
                "hostile: frame 1 of 3: threw java.lang.OutOfMemoryError");
    }

    @Test
    void aReaderThatBelievesALengthAsLongAsBytesComeIsFound() {
        assertFound(
                buffered(in -> {
                            long length = new DataInputStream(in).readInt() & 0xFFFFFFFFL;
                            byte[] block = new byte[64];
                            ByteArrayOutputStream text = new ByteArrayOutputStream();
                            while (text.size() < length) {
                                int count = in.read(block, 0, (int) Math.min(block.length, length - text.size()));
                                if (count < 0) {
                                    throw new EOFException();
                                }
                                text.write(block, 0, count);
                            }
                            return text.toString(UTF_8);
                        })
                        .hostile(LIMIT, LIES),
                "hostile: frame 1 of 3: took ");
    }

    @Test
    void aReaderThatGoesOnBehindARefusedFrameIsFound() {
        assertFound(
                CodecKit.<String>buffered(CodecKitTest::write, in -> () -> read(in))
                        .samples("abc")
                        .hostile(LIMIT, LIES),
                "resynchronised: frame 1 of 3, read 1 after it: read [abc]");
    }

    @Test
    void aWriterThatTakesEverythingIsFound() {
        assertFound(good().unwritable("fine"), "unwritable: value 2 of 2: the writer did not throw");
    }

    @Test
    void aWriterThatLeavesAPartIsFound() {
        CodecKit.Writer<String> early = (value, out) -> {
            new DataOutputStream(out).writeInt(value.getBytes(UTF_8).length);
            out.write(bytes(value));
        };
        assertFound(
                CodecKit.of(early, CodecKitTest::read).samples("abc").unwritable("\0"),
                "unwritable: value 1 of 1: the writer threw, but left 4 bytes on the wire");
    }

    @Test
    void aWriterThatSendsTheRestOfARefusedValueWithTheNextIsFound() {
        ByteArrayOutputStream pending = new ByteArrayOutputStream();
        CodecKit.Writer<String> shifted = (value, out) -> {
            new DataOutputStream(pending).writeInt(value.getBytes(UTF_8).length);
            pending.write(bytes(value));
            out.write(pending.toByteArray());
            pending.reset();
        };
        assertFound(
                CodecKit.of(shifted, CodecKitTest::read).samples("abc").unwritable("\0"),
                "unwritable: value 1 of 1, the valid one after it, sample 1 of 1: read [\0");
    }

    @Test
    void aWriterThatHidesAFailureOfTheStreamIsFound() {
        CodecKit.Writer<String> silent = (value, out) -> {
            try {
                write(value, out);
            } catch (IOException e) {
                // Nobody will know.
            }
        };
        assertFound(
                CodecKit.of(silent, CodecKitTest::read).samples("abc"),
                "broken pipe: sample 1 of 1, broken after 0 of 7 bytes: the writer did not throw");
    }

    @Test
    void aWriterThatWritesOnAfterAFailureIsFound() {
        CodecKit.Writer<String> stubborn = (value, out) -> {
            byte[] text = bytes(value);
            try {
                new DataOutputStream(out).writeInt(text.length);
            } finally {
                out.write(text);
            }
        };
        assertFound(
                CodecKit.of(stubborn, CodecKitTest::read).samples("abc"),
                "broken pipe: sample 1 of 1, broken after 0 of 7 bytes: the writer wrote on");
    }

    @Test
    void aWriterThatThrowsSomethingElseIsFound() {
        CodecKit.Writer<String> other = (value, out) -> {
            try {
                write(value, out);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        };
        assertFound(
                CodecKit.of(other, CodecKitTest::read).samples("abc"),
                "broken pipe: sample 1 of 1, broken after 0 of 7 bytes: the writer threw java.lang.IllegalState");
    }

    @Test
    void longFramesAreTriedAtTheirEndsAndHereAndThereBetween() {
        int[] positions = CodecChecks.positions(1 << 20).toArray();
        assertTrue(positions.length >= 2_298 && positions.length < 2_310, "" + positions.length);
        assertEquals(1_023, positions[1_023]);
        assertEquals((1 << 20) - 1_024, positions[positions.length - 1_024]);
        assertEquals(2_200, CodecChecks.positions(2_200).count());
    }

    @Test
    void aKitThatCannotWorkIsRefused() {
        CodecKit<String> kit = CodecKit.of(CodecKitTest::write, CodecKitTest::read);
        assertThrows(IllegalStateException.class, kit::check);
        assertThrows(IllegalArgumentException.class, () -> kit.oversize(100, new byte[100]));
        assertThrows(IllegalArgumentException.class, () -> kit.hostile(0));
        assertThrows(IllegalArgumentException.class, () -> kit.hostile(1 << 30));
        kit.hostile(10);
        assertThrows(IllegalArgumentException.class, () -> kit.hostile(11));
    }

    private static CodecKit<String> good() {
        return buffered(CodecKitTest::read)
                .samples("", "ä".repeat(300), "x".repeat(LIMIT - 4), "\n")
                .oversize(LIMIT, frame(LIMIT - 3), frame(5 * LIMIT))
                .hostile(LIMIT, LIES)
                .unwritable("\0");
    }

    private static CodecKit<String> reading(CodecKit.Reader<String> reader) {
        return CodecKit.of(CodecKitTest::write, reader);
    }

    /** With a reader that throws its first failure again. */
    private static CodecKit<String> buffered(CodecKit.Reader<String> reader) {
        return CodecKit.<String>buffered(CodecKitTest::write, in -> once(() -> reader.read(in)))
                .samples("a");
    }

    private static Frames<String> once(Frames<String> frames) {
        IOException[] failure = new IOException[1];
        return () -> {
            if (failure[0] != null) {
                throw failure[0];
            }
            try {
                return frames.next();
            } catch (IOException e) {
                failure[0] = e;
                throw e;
            }
        };
    }

    private static void assertFound(CodecKit<?> kit, String message) {
        AssertionError error = assertThrows(AssertionError.class, kit::check);
        assertTrue(error.getMessage().startsWith(message), error.getMessage());
    }

    /** A codec of text behind a length of four bytes. */
    private static void write(String value, OutputStream out) throws IOException {
        byte[] text = bytes(value);
        new DataOutputStream(out).writeInt(text.length);
        out.write(text);
    }

    private static String read(InputStream in) throws IOException {
        return text(in, length(in));
    }

    private static byte[] bytes(String value) {
        if (value.equals("\0")) {
            throw new IllegalArgumentException("no NUL");
        }
        return value.getBytes(UTF_8);
    }

    private static int length(InputStream in) throws IOException {
        return checked(new DataInputStream(in).readInt(), LIMIT - 4);
    }

    private static int checked(int length, int most) throws IOException {
        if (length < 0 || length > most) {
            throw new ProtocolException("length " + length);
        }
        return length;
    }

    private static String text(InputStream in, int length) throws IOException {
        byte[] text = new byte[length];
        new DataInputStream(in).readFully(text);
        return new String(text, UTF_8);
    }

    private static byte[] frame(int length) {
        byte[] frame = new byte[4 + length];
        Arrays.fill(frame, (byte) 'x');
        for (int i = 0; i < 4; i++) {
            frame[i] = (byte) (length >> (24 - 8 * i));
        }
        return frame;
    }

    private static URL location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }
}
