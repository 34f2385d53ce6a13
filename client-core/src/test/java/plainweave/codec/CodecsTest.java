package plainweave.codec;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecsTest {

    private static final int MIB = 1024 * 1024;
    private static final byte[] NOTHING = {};

    /** A framing of bytes, and how many bytes it puts around a frame of the length. */
    private record Framing(Codec<byte[], byte[]> codec, int longest, IntToInt overhead) {
        interface IntToInt {
            int of(int length);
        }

        @Override
        public String toString() {
            return codec.toString();
        }
    }

    static List<Framing> framings() {
        return List.of(
                new Framing(linesOfBytes(), MIB, length -> 1),
                new Framing(Codecs.delimited((byte) 0), MIB, length -> 1),
                new Framing(Codecs.delimited((byte) '\r', (byte) '\n', (byte) '\r', (byte) '\n'), MIB, length -> 4),
                new Framing(Codecs.lengthPrefixed(1, BIG_ENDIAN), 255, length -> 1),
                new Framing(Codecs.lengthPrefixed(2, BIG_ENDIAN), 65_535, length -> 2),
                new Framing(Codecs.lengthPrefixed(2, LITTLE_ENDIAN), 65_535, length -> 2),
                new Framing(Codecs.lengthPrefixed(4, BIG_ENDIAN), MIB, length -> 4),
                new Framing(Codecs.lengthPrefixed(4, LITTLE_ENDIAN), MIB, length -> 4),
                new Framing(Codecs.varint(), MIB, length -> length < 128 ? 1 : length < 16_384 ? 2 : 3));
    }

    @ParameterizedTest
    @MethodSource("framings")
    void aFrameIsLongerThanItsPayloadByItsFramingOnly(Framing framing) throws IOException {
        for (int length : new int[] {0, 1, 127, 128, 255}) {
            byte[] bytes = encode(framing.codec(), payload(length));
            assertThat(bytes).hasSize(length + framing.overhead().of(length));
        }
    }

    @ParameterizedTest
    @MethodSource("framings")
    void aReplyMayBeAsLongAsTheBoundAndNotAByteLonger(Framing framing) throws IOException {
        for (int length : new int[] {1, 254, 255, 512, 16_384, 65_535}) {
            if (length > framing.longest()) {
                continue;
            }
            byte[] bytes = encode(framing.codec(), payload(length));
            for (int bound : new int[] {bytes.length, bytes.length + 1}) {
                ByteReader in = ByteReader.over(new ByteArrayInputStream(bytes), bound);
                assertThat(framing.codec().read(NOTHING, in)).hasSize(length);
            }
            ByteReader in = ByteReader.over(new ByteArrayInputStream(bytes), bytes.length - 1);
            assertThatThrownBy(() -> framing.codec().read(NOTHING, in))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessageContaining("frame of ")
                    .hasMessageEndingWith(bytes.length + " bytes is over maxFrame " + (bytes.length - 1));
            assertThat(in.failure()).isNull();
        }
    }

    @ParameterizedTest
    @MethodSource("framings")
    void aRequestMayBeAsLongAsTheBoundAndNotAByteLonger(Framing framing) throws IOException {
        byte[] payload = payload(200);
        int size = encode(framing.codec(), payload).length;

        ByteWriter fits = ByteWriter.over(new ByteArrayOutputStream(), size);
        framing.codec().write(payload, fits);
        assertThat(fits.frameBytes()).isEqualTo(size);

        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(sent, size - 1);
        assertThatThrownBy(() -> framing.codec().write(payload, out)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(out::flush).isInstanceOf(ProtocolException.class);
        assertThat(sent.size()).isZero();
    }

    @ParameterizedTest
    @MethodSource("framings")
    void thousandsOfRandomFramesComeBackAsTheyWere(Framing framing) throws IOException {
        Random random = new Random(11);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(bytes, MIB);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            int length = random.nextInt(Math.min(framing.longest(), random.nextInt(50) == 0 ? 20_000 : 250) + 1);
            byte[] frame = payload(length);
            frames.add(frame);
            out.startFrame();
            framing.codec().write(frame, out);
        }
        out.flush();

        ByteReader in =
                ByteReader.over(ChunkedStream.inChunks(bytes.toByteArray(), () -> 1 + random.nextInt(3_000)), MIB);
        for (byte[] frame : frames) {
            in.startFrame();
            assertThat(framing.codec().read(NOTHING, in)).isEqualTo(frame);
        }
        assertThat(in.atEnd()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("framings")
    void theFramingsLeaveTheConnectionAsItIs(Framing framing) {
        assertThat(framing.codec().session()).isSameAs(Codec.NONE);
        assertThat(framing.codec().reusable(NOTHING, NOTHING)).isTrue();
        assertThat(framing.codec().repeatable(NOTHING)).isFalse();
    }

    @Test
    void linesCarryTextAndItsEnd() throws IOException {
        assertThat(encode(Codecs.lines(), "a ä\rb")).isEqualTo("a ä\rb\n".getBytes(UTF_8));
        assertThat(encode(Codecs.lines(ISO_8859_1), "ä")).containsExactly(0xE4, '\n');
        assertThat(Codecs.lines().read("", reader("a ä\r\nb\n".getBytes(UTF_8))))
                .isEqualTo("a ä");
        assertThat(Codecs.lines(ISO_8859_1).read("", reader(new byte[] {(byte) 0xE4, '\n'})))
                .isEqualTo("ä");
    }

    @Test
    void aLineWithALineEndInsideIsRefused() {
        assertUnframeable(Codecs.lines(), "secret\nx", "line of 8 characters has an LF at index 6");
        assertUnframeable(Codecs.lines(), "secret\n", "line of 7 characters has an LF at index 6");
        assertUnframeable(Codecs.lines(), "\n", "line of 1 characters has an LF at index 0");
        assertUnframeable(Codecs.lines(), "secret\r", "line of 7 characters has a CR at its last index");
    }

    @Test
    void linesRefuseCharsetsThatCannotBeSplitAtLf() {
        for (Charset charset : List.of(UTF_16, UTF_16LE, Charset.forName("UTF-32"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Codecs.lines(charset))
                    .withMessage("charset " + charset + " is not allowed: lines need one that writes CR and LF"
                            + " as the bytes 13 and 10, like UTF-8");
        }
    }

    @Test
    void aRequestThatHoldsTheDelimiterIsRefused() {
        byte[] crlf = {'\r', '\n'};
        assertUnframeable(
                Codecs.delimited(crlf), ascii("secret\r\nx"), "request of 9 bytes has the delimiter at index 6");
        assertUnframeable(Codecs.delimited(crlf), ascii("\r\n"), "request of 2 bytes has the delimiter at index 0");
        assertUnframeable(Codecs.delimited((byte) 0), new byte[] {1, 0}, "at index 1");
    }

    @Test
    void aRequestWhoseEndMakesAnEarlierDelimiterWithTheTrueOneIsRefused() throws IOException {
        assertUnframeable(
                Codecs.delimited(ascii("aa")), ascii("xa"), "request of 2 bytes has the delimiter at index 1");
        assertUnframeable(Codecs.delimited(ascii("abab")), ascii("secret-ab"), "has the delimiter at index 7");

        assertThat(encode(Codecs.delimited(ascii("\r\n")), ascii("x\r"))).isEqualTo(ascii("x\r\r\n"));
        assertThat(Codecs.delimited(ascii("\r\n")).read(NOTHING, reader(ascii("x\r\r\n"))))
                .isEqualTo(ascii("x\r"));
    }

    @Test
    void whatADelimitedCodecAcceptsItReadsBackWhole() throws IOException {
        Random random = new Random(3);
        int accepted = 0;
        for (int round = 0; round < 20_000; round++) {
            Codec<byte[], byte[]> codec = Codecs.delimited(letters(random, 1 + random.nextInt(4)));
            byte[] request = letters(random, random.nextInt(8));
            byte[] bytes;
            try {
                bytes = encode(codec, request);
            } catch (IllegalArgumentException e) {
                continue;
            }
            accepted++;
            ByteReader in = reader(bytes);
            assertThat(codec.read(NOTHING, in)).isEqualTo(request);
            assertThat(in.atEnd()).isTrue();
        }
        assertThat(accepted).isGreaterThan(5_000);
    }

    @Test
    void theDelimiterMayBeChangedOnceTheCodecIsMade() throws IOException {
        byte[] delimiter = {1, 2};
        Codec<byte[], byte[]> codec = Codecs.delimited(delimiter);
        delimiter[0] = 9;

        assertThat(encode(codec, new byte[] {5})).containsExactly(5, 1, 2);
    }

    @Test
    void fixedFramesHaveNothingAroundThem() throws IOException {
        Codec<byte[], byte[]> codec = Codecs.fixed(64);
        byte[] bytes = encode(codec, payload(64));
        assertThat(bytes).isEqualTo(payload(64));
        assertThatThrownBy(() -> codec.read(NOTHING, ByteReader.over(new ByteArrayInputStream(bytes), 63)))
                .isInstanceOf(ProtocolException.class);
        assertUnframeable(codec, new byte[63], "request of 63 bytes, must be 64");
        assertUnframeable(codec, new byte[65], "request of 65 bytes, must be 64");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void thePrefixIsUnsignedInItsOrder(int prefixBytes) throws IOException {
        byte[] payload = payload(200);
        byte[] big = encode(Codecs.lengthPrefixed(prefixBytes, BIG_ENDIAN), payload);
        byte[] little = encode(Codecs.lengthPrefixed(prefixBytes, LITTLE_ENDIAN), payload);

        assertThat(big[prefixBytes - 1]).isEqualTo((byte) 200);
        assertThat(little[0]).isEqualTo((byte) 200);
    }

    @Test
    void aRequestLongerThanThePrefixCanTellIsRefused() throws IOException {
        assertThat(encode(Codecs.lengthPrefixed(1, BIG_ENDIAN), new byte[255])).hasSize(256);
        assertThat(encode(Codecs.lengthPrefixed(2, BIG_ENDIAN), new byte[65_535]))
                .hasSize(65_537);
        assertUnframeable(
                Codecs.lengthPrefixed(1, BIG_ENDIAN),
                new byte[256],
                "request of 256 bytes is longer than a prefix of 1 can tell: 255");
        assertUnframeable(
                Codecs.lengthPrefixed(2, BIG_ENDIAN),
                new byte[65_536],
                "request of 65536 bytes is longer than a prefix of 2 can tell: 65535");
    }

    @Test
    void lengthsOver31BitsAreOverTheBoundAndNeverNegative() {
        int[] prefix = {0x80, 0, 0, 0};
        assertRefused(Codecs.lengthPrefixed(4, BIG_ENDIAN), "2147483651", 0x7F, 0xFF, 0xFF, 0xFF);
        assertRefused(Codecs.lengthPrefixed(4, BIG_ENDIAN), "2147483652", prefix);
        assertRefused(Codecs.lengthPrefixed(4, LITTLE_ENDIAN), "132", prefix);
        assertRefused(Codecs.lengthPrefixed(4, BIG_ENDIAN), "4294967299", 0xFF, 0xFF, 0xFF, 0xFF);
        assertRefused(Codecs.varint(), "2147483652", 0xFF, 0xFF, 0xFF, 0xFF, 0x07);
        assertRefused(Codecs.varint(), "4294967300", 0xFF, 0xFF, 0xFF, 0xFF, 0x0F);
    }

    @Test
    void impossibleFramingsAreRefusedWhenTheyAreMade() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Codecs.delimited())
                .withMessage("delimiter of 0 bytes is not allowed: 1 to 1024");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Codecs.delimited(new byte[1_025]))
                .withMessageContaining("1025");
        assertThat(Codecs.delimited(new byte[1_024])).isNotNull();
        assertThat(Codecs.fixed(1)).isNotNull();
        for (int size : new int[] {0, -1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Codecs.fixed(size))
                    .withMessage("size %d is not allowed: 1 to 2147483647 bytes", size);
        }
        for (int prefixBytes : new int[] {0, 3, 5, 8, -1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Codecs.lengthPrefixed(prefixBytes, BIG_ENDIAN))
                    .withMessage("prefixBytes %d is not allowed: 1, 2 or 4", prefixBytes);
        }
    }

    @Test
    void eachCodecSaysWhatItIs() {
        assertThat(Codecs.lines()).hasToString("lines(UTF-8)");
        assertThat(Codecs.delimited((byte) 13, (byte) 10)).hasToString("delimited(0x0d, 0x0a)");
        assertThat(Codecs.fixed(64)).hasToString("fixed(64)");
        assertThat(Codecs.lengthPrefixed(2, ByteOrder.LITTLE_ENDIAN)).hasToString("lengthPrefixed(2, LITTLE_ENDIAN)");
        assertThat(Codecs.varint()).hasToString("varint()");
    }

    private static <Q> void assertUnframeable(Codec<Q, ?> codec, Q request, String message) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(sent, MIB);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> codec.write(request, out))
                .withMessageContaining(message)
                .withMessageNotContaining("secret");
        assertThat(out.frameBytes()).isZero();
        assertThat(out.failed()).isFalse();
    }

    private static void assertRefused(Codec<byte[], byte[]> codec, String frame, int... bytes) {
        byte[] reply = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reply[i] = (byte) bytes[i];
        }
        assertThatThrownBy(() -> codec.read(NOTHING, ByteReader.over(new ByteArrayInputStream(reply), 131)))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("frame of " + frame + " bytes is over maxFrame 131");
    }

    private static <Q> byte[] encode(Codec<Q, ?> codec, Q request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(bytes, MIB);
        codec.write(request, out);
        out.flush();
        return bytes.toByteArray();
    }

    private static ByteReader reader(byte[] bytes) {
        return ByteReader.over(new ByteArrayInputStream(bytes), MIB);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    /** Printable, so that every framing can carry it. */
    private static byte[] payload(int length) {
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) ('a' + (payload[i] & 0xF));
        }
        return payload;
    }

    private static byte[] letters(Random random, int length) {
        byte[] letters = new byte[length];
        for (int i = 0; i < length; i++) {
            letters[i] = (byte) ('a' + random.nextInt(2));
        }
        return letters;
    }

    /** Lines as a framing of bytes, to go through the same tests. */
    private static Codec<byte[], byte[]> linesOfBytes() {
        Codec<String, String> lines = Codecs.lines();
        return new Codec<>() {
            @Override
            public void write(byte[] request, ByteWriter out) throws IOException {
                lines.write(new String(request, UTF_8), out);
            }

            @Override
            public byte[] read(byte[] request, ByteReader in) throws IOException {
                return lines.read("", in).getBytes(UTF_8);
            }

            @Override
            public String toString() {
                return lines.toString();
            }
        };
    }
}
