package plainweave.codec;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;
import plainweave.testing.CodecKit;

/** Every framing of {@link Codecs} through the codec kit. */
class CodecKitTest {

    /** Over what the reader's largest buffer holds. */
    private static final int LIMIT = 17_000;

    private static final int MIB = 1024 * 1024;

    private static final byte[][] FOUR_BYTES = {
        {-1, -1, -1, -1}, {0x7F, -1, -1, -1}, {(byte) 0x80, 0, 0, 0},
    };
    private static final byte[][] FOUR_BYTES_REVERSED = {
        {-1, -1, -1, -1}, {-1, -1, -1, 0x7F}, {0, 0, 0, (byte) 0x80},
    };
    private static final byte[][] VARINTS = {
        {-1, -1, -1, -1, 0x0F}, // 2^32-1, or -1
        {-1, -1, -1, -1, 0x07}, // 2^31-1
        {-1, -1, -1, -1, 0x1F}, // more than 32 bits
        {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0x01}, // 2^64-1, or -1
    };

    @TestFactory
    Stream<DynamicContainer> everyFramingWithstandsWhatANetworkDoesToItsFrames() {
        return Stream.of(
                through(
                        Codecs.lines(),
                        LIMIT,
                        CodecKitTest::line,
                        kit -> kit.samples("", "ä€", "a\rb").unwritable("a\nb", "a\r")),
                through(Codecs.lines(ISO_8859_1), LIMIT, CodecKitTest::line, kit -> kit.samples("ä")),
                through(Codecs.lines(US_ASCII), LIMIT, CodecKitTest::line, kit -> kit.samples("a")),
                through(
                        Codecs.delimited((byte) 0),
                        LIMIT,
                        length -> bytes(length - 1),
                        kit -> kit.samples(bytes(0)).unwritable(new byte[] {1, 0})),
                through(
                        Codecs.delimited((byte) '\r', (byte) '\n'),
                        LIMIT,
                        length -> bytes(length - 2),
                        kit -> kit.samples(bytes(0), new byte[] {'\r'}, new byte[] {'\n'})
                                .unwritable(new byte[] {1, '\r', '\n', 2})),
                through(
                        Codecs.delimited((byte) 'a', (byte) 'b', (byte) 'a'),
                        LIMIT,
                        length -> bytes(length - 3),
                        kit -> kit.samples(new byte[] {'a', 'c', 'a', 'a'}).unwritable(new byte[] {'x', 'a', 'b'})),
                through(
                        Codecs.lengthPrefixed(1, BIG_ENDIAN),
                        200,
                        length -> bytes(length - 1),
                        kit -> kit.samples(bytes(0), bytes(127), bytes(128))
                                .hostile(200, new byte[] {-1})
                                .unwritable(bytes(256))),
                through(
                        Codecs.lengthPrefixed(2, BIG_ENDIAN),
                        LIMIT,
                        length -> bytes(length - 2),
                        kit -> kit.samples(bytes(0), bytes(255), bytes(256))
                                .hostile(LIMIT, new byte[] {-1, -1}, new byte[] {(byte) 0x80, 0})
                                .unwritable(bytes(65_536))),
                through(
                        Codecs.lengthPrefixed(2, LITTLE_ENDIAN),
                        LIMIT,
                        length -> bytes(length - 2),
                        kit -> kit.samples(bytes(0), bytes(255), bytes(256))
                                .hostile(LIMIT, new byte[] {-1, -1}, new byte[] {0, (byte) 0x80})),
                through(
                        Codecs.lengthPrefixed(4, BIG_ENDIAN),
                        LIMIT,
                        length -> bytes(length - 4),
                        kit -> kit.samples(bytes(0), bytes(255), bytes(256)).hostile(LIMIT, FOUR_BYTES)),
                through(
                        Codecs.lengthPrefixed(4, LITTLE_ENDIAN),
                        LIMIT,
                        length -> bytes(length - 4),
                        kit -> kit.samples(bytes(0), bytes(255), bytes(256)).hostile(LIMIT, FOUR_BYTES_REVERSED)),
                through(
                        Codecs.varint(),
                        LIMIT,
                        length -> bytes(length - 3),
                        kit -> kit.samples(bytes(0), bytes(127), bytes(128)).hostile(LIMIT, VARINTS)));
    }

    /** All of their frames are as long, so none of them alone is over the limit. */
    @TestFactory
    Stream<DynamicContainer> framesOfOneSizeWithstandItToo() {
        return Stream.of(1, 300, 2_000).map(size -> {
            Codec<byte[], byte[]> codec = Codecs.fixed(size);
            return DynamicContainer.dynamicContainer(
                    codec.toString(),
                    kit(codec, size)
                            .samples(bytes(size), new byte[size])
                            .unwritable(bytes(size - 1), bytes(size + 1))
                            .dynamicTests());
        });
    }

    /** With a limit so large that the memory taken shows. */
    @TestFactory
    Stream<DynamicContainer> whatIsOverTheLimitTakesNoMemory() {
        return Stream.of(
                overBy(4 * MIB, Codecs.delimited((byte) 0)),
                overBy(4 * MIB, Codecs.lengthPrefixed(4, BIG_ENDIAN), FOUR_BYTES),
                overBy(4 * MIB, Codecs.lengthPrefixed(4, LITTLE_ENDIAN), FOUR_BYTES_REVERSED),
                overBy(4 * MIB, Codecs.varint(), VARINTS));
    }

    private static DynamicContainer overBy(int more, Codec<byte[], byte[]> codec, byte[]... hostile) {
        return DynamicContainer.dynamicContainer(
                codec.toString(),
                kit(codec, MIB)
                        .samples(bytes(100))
                        .oversize(MIB, frame(codec, bytes(MIB + more)))
                        .hostile(MIB, hostile)
                        .dynamicTests());
    }

    /** With a sample that is as long as the limit, and a frame that is longer by a byte. */
    private static <T> DynamicContainer through(
            Codec<T, T> codec, int limit, IntFunction<T> ofFrame, UnaryOperator<CodecKit<T>> more) {
        CodecKit<T> kit = kit(codec, limit).oversize(limit, frame(codec, ofFrame.apply(limit + 1)));
        return DynamicContainer.dynamicContainer(
                codec.toString(), more.apply(kit.samples(ofFrame.apply(limit))).dynamicTests());
    }

    private static <T> CodecKit<T> kit(Codec<T, T> codec, int limit) {
        return CodecKit.buffered(writer(codec), in -> {
            ByteReader reader = ByteReader.over(in, limit);
            return () -> {
                reader.startFrame();
                // None of these looks at the request.
                return codec.read(null, reader);
            };
        });
    }

    private static <T> CodecKit.Writer<T> writer(Codec<T, T> codec) {
        return (value, out) -> {
            ByteWriter writer = ByteWriter.over(out, Integer.MAX_VALUE);
            codec.write(value, writer);
            writer.flush();
        };
    }

    private static <T> byte[] frame(Codec<T, T> codec, T value) {
        try {
            return CodecKit.encode(writer(codec), value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(int frame) {
        return "x".repeat(frame - 1);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('A' + i % 26);
        }
        return bytes;
    }
}
