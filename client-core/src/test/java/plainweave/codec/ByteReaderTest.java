package plainweave.codec;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteReaderTest {

    private static final int MIB = 1024 * 1024;

    /** One kind of read of {@code n} bytes. */
    private interface Reading {
        void read(ByteReader in, int n) throws IOException;
    }

    private record Named(String name, Reading reading) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** All that take a length. */
    static List<Named> readings() {
        return List.of(
                new Named("readBytes", ByteReader::readBytes),
                new Named("readFully", (in, n) -> in.readFully(new byte[Math.max(n, 0)], 0, n)),
                new Named("readString", (in, n) -> in.readString(n, ISO_8859_1)),
                new Named("skip", ByteReader::skip));
    }

    @Test
    void readsNumbersInBothOrdersHoweverTheyAreCut() throws IOException {
        byte[] bytes = ByteBuffer.allocate(42)
                .put((byte) -2)
                .put((byte) 254)
                .putShort((short) -3)
                .putShort((short) 65_533)
                .putInt(-4)
                .putInt(-4)
                .putLong(-5)
                .order(LITTLE_ENDIAN)
                .putShort((short) -300)
                .putShort((short) 65_000)
                .putInt(0x01020304)
                .putInt(-6)
                .putLong(0x0102030405060708L)
                .array();
        for (int at = 0; at < bytes.length; at++) {
            ByteReader in = ByteReader.over(ChunkedStream.splitAt(bytes, at), bytes.length);

            assertThat(in.readByte()).isEqualTo((byte) -2);
            assertThat(in.readUnsignedByte()).isEqualTo(254);
            assertThat(in.readShort()).isEqualTo((short) -3);
            assertThat(in.readUnsignedShort()).isEqualTo(65_533);
            assertThat(in.readInt()).isEqualTo(-4);
            assertThat(in.readUnsignedInt()).isEqualTo(4_294_967_292L);
            assertThat(in.readLong()).isEqualTo(-5);
            assertThat(in.readShort(LITTLE_ENDIAN)).isEqualTo((short) -300);
            assertThat(in.readUnsignedShort(LITTLE_ENDIAN)).isEqualTo(65_000);
            assertThat(in.readInt(LITTLE_ENDIAN)).isEqualTo(0x01020304);
            assertThat(in.readUnsignedInt(LITTLE_ENDIAN)).isEqualTo(4_294_967_290L);
            assertThat(in.readLong(LITTLE_ENDIAN)).isEqualTo(0x0102030405060708L);
            assertThat(in.atEnd()).isTrue();
        }
    }

    @Test
    void bigEndianIsTheOrderWhenNoneIsTold() throws IOException {
        byte[] bytes = {1, 2, 3, 4, 5, 6, 7, 8};

        assertThat(reader(bytes).readShort(BIG_ENDIAN)).isEqualTo(reader(bytes).readShort());
        assertThat(reader(bytes).readUnsignedShort(BIG_ENDIAN)).isEqualTo(0x0102);
        assertThat(reader(bytes).readInt(BIG_ENDIAN)).isEqualTo(reader(bytes).readInt());
        assertThat(reader(bytes).readUnsignedInt(BIG_ENDIAN)).isEqualTo(0x01020304L);
        assertThat(reader(bytes).readLong(BIG_ENDIAN)).isEqualTo(0x0102030405060708L);
    }

    @Test
    void readsVarintsOfEachLength() throws IOException {
        assertThat(reader(0).readVarint()).isZero();
        assertThat(reader(0x7F).readVarint()).isEqualTo(127);
        assertThat(reader(0x80, 0x01).readVarint()).isEqualTo(128);
        assertThat(reader(0xAC, 0x02).readVarint()).isEqualTo(300);
        assertThat(reader(0xFF, 0xFF, 0xFF, 0xFF, 0x07).readVarint()).isEqualTo(Integer.MAX_VALUE);
        assertThat(reader(0xFF, 0xFF, 0xFF, 0xFF, 0x0F).readVarint()).isEqualTo(-1);
        assertThat(reader(0x80, 0x80, 0x80, 0x80, 0x00).readVarint()).isZero();
        assertThat(reader(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F).readVarlong())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(reader(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01)
                        .readVarlong())
                .isEqualTo(-1);
    }

    @Test
    void refusesVarintsOfTooManyBits() {
        assertThatThrownBy(() -> reader(0x80, 0x80, 0x80, 0x80, 0x10).readVarint())
                .isInstanceOf(ProtocolException.class)
                .hasMessage("varint of more than 32 bits");
        assertThatThrownBy(() -> reader(0x80, 0x80, 0x80, 0x80, 0x80, 0).readVarint())
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02)
                        .readVarlong())
                .isInstanceOf(ProtocolException.class)
                .hasMessage("varint of more than 64 bits");
        assertThatThrownBy(() -> reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 0)
                        .readVarlong())
                .isInstanceOf(ProtocolException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 511, 512, 513, 1_023, 1_024, 5_000, 16_384, 70_000, 200_000})
    void readsBytesOfKnownLengthHoweverManyComeAtOnce(int length) throws IOException {
        byte[] bytes = random(length + 10);
        for (int chunk : new int[] {7, 512, 1_000, Integer.MAX_VALUE}) {
            ByteReader in = ByteReader.over(ChunkedStream.inChunks(bytes, () -> chunk), bytes.length);

            assertThat(in.readBytes(5)).isEqualTo(Arrays.copyOf(bytes, 5));
            assertThat(in.readBytes(length)).isEqualTo(Arrays.copyOfRange(bytes, 5, 5 + length));
            byte[] rest = new byte[9];
            in.readFully(rest, 3, 5);
            assertThat(rest).startsWith(0, 0, 0).endsWith(bytes[bytes.length - 1], 0);
            assertThat(in.frameBytes()).isEqualTo(bytes.length);
            assertThat(in.received()).isEqualTo(bytes.length);
            assertThat(in.atEnd()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300, 512, 513, 20_000})
    void readsTextByItsLengthInBytes(int letters) throws IOException {
        String text = "ä€".repeat(letters);
        byte[] bytes = (text + "!").getBytes(UTF_8);
        ByteReader in = ByteReader.over(ChunkedStream.inChunks(bytes, () -> 300), bytes.length);

        assertThat(in.readString(bytes.length - 1, UTF_8)).isEqualTo(text);
        assertThat(in.readString(1, US_ASCII)).isEqualTo("!");
    }

    @ParameterizedTest
    @MethodSource("readings")
    void aFrameMayBeAsLongAsTheBoundAndNotAByteLonger(Named kind) throws IOException {
        for (int bound : new int[] {1, 64, 512, 513, 20_000}) {
            for (int length : new int[] {bound - 1, bound, bound + 1}) {
                ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[bound + 100]), bound);
                if (length <= bound) {
                    kind.reading().read(in, length);
                    assertThat(in.frameBytes()).isEqualTo(length);
                } else {
                    assertThatThrownBy(() -> kind.reading().read(in, length))
                            .isInstanceOf(ProtocolException.class)
                            .hasMessage("frame of " + length + " bytes is over maxFrame " + bound);
                    assertThat(in.received()).isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("readings")
    void whatWasConsumedCountsToTheBound(Named kind) throws IOException {
        ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[100]), 64);
        in.readInt();
        in.readBytes(50);

        assertThatThrownBy(() -> kind.reading().read(in, 11))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("frame of 65 bytes is over maxFrame 64");
    }

    @ParameterizedTest
    @MethodSource("readings")
    void refusesNegativeLengths(Named kind) {
        for (int length : new int[] {-1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> kind.reading().read(reader(1, 2, 3), length))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessage("negative length " + length + ", maxFrame 1048576");
        }
    }

    @Test
    void refusesNumbersAcrossTheBoundThoughTheBytesAreThere() throws IOException {
        ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[100]), 7);
        in.readInt();

        assertThatThrownBy(in::readInt)
                .isInstanceOf(ProtocolException.class)
                .hasMessage("frame of 8 bytes is over maxFrame 7");
        assertThat(in.frameBytes()).isEqualTo(4);
    }

    @Test
    void lengthsThatOverflowAreOverTheBound() throws IOException {
        for (long length : new long[] {Integer.MAX_VALUE, 0xFFFFFFFFL, Long.MAX_VALUE}) {
            ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[100]), Integer.MAX_VALUE);
            in.readInt();

            assertThatThrownBy(() -> in.readBytes(length))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessage("frame of " + Long.toUnsignedString(length + 4) + " bytes is over maxFrame 2147483647");
        }
    }

    @Test
    void aCodecCanCheckALengthThatItAllocatesBy() throws IOException {
        ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[100]), 20);
        in.readInt();

        assertThat(in.checkLength(16)).isEqualTo(16);
        assertThat(in.frameBytes()).isEqualTo(4);
        assertThatThrownBy(() -> in.checkLength(17)).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(in::readByte).isInstanceOf(ProtocolException.class);
    }

    @Test
    void aLengthOverTheBoundAllocatesNothing() throws Throwable {
        byte[] few = {1, 2, 3};
        long allocated = Allocated.bytesBy(() -> {
            ByteReader in = ByteReader.over(new ByteArrayInputStream(few), MIB);
            assertThat(catchThrowable(() -> in.readBytes(Integer.MAX_VALUE))).isNotNull();
            assertThat(catchThrowable(() -> in.readString(Integer.MAX_VALUE, UTF_8)))
                    .isNotNull();
            assertThat(catchThrowable(() -> in.skip(Integer.MAX_VALUE))).isNotNull();
        });

        assertThat(allocated).isLessThan(50_000);
    }

    @Test
    void aClaimWithinTheBoundAllocatesItsLengthOnce() throws Throwable {
        byte[] few = {1, 2, 3};
        long allocated = Allocated.bytesBy(() -> {
            ByteReader in = ByteReader.over(new ByteArrayInputStream(few), MIB);
            catchThrowable(() -> in.readBytes(MIB));
        });

        assertThat(allocated).isLessThan(MIB + 50_000);
    }

    @Test
    void aLineWithoutAnEndNeverHoldsTwiceTheBound() throws Throwable {
        byte[] endless = new byte[3 * MIB];
        long allocated = Allocated.bytesBy(() -> {
            ByteReader in = ByteReader.over(ChunkedStream.whole(endless), MIB);
            assertThatThrownBy(() -> in.readLine(UTF_8))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessage("frame of at least 1048577 bytes is over maxFrame 1048576");
        });

        assertThat(allocated).isLessThan(2 * MIB);
    }

    @Test
    void aNewFrameCountsFromZero() throws IOException {
        ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[30_000]), 10);
        for (int frame = 0; frame < 3_000; frame++) {
            in.startFrame();
            in.readBytes(9);
            in.readByte();
            assertThat(in.frameBytes()).isEqualTo(10);
        }
        assertThatThrownBy(in::readByte).isInstanceOf(ProtocolException.class);
        in.startFrame();
        assertThatThrownBy(in::readByte).isInstanceOf(ProtocolException.class);
    }

    @Test
    void theEndInsideAFrameTellsHowMuchHadCome() throws IOException {
        assertThatThrownBy(reader()::readByte)
                .isInstanceOf(EOFException.class)
                .hasMessage("end of stream before the first byte of the frame");
        assertThatThrownBy(reader(1, 2, 3)::readInt)
                .isInstanceOf(EOFException.class)
                .hasMessage("end of stream after 3 bytes of the frame");
        assertThatThrownBy(() -> reader(1, 2, 3).readLine(UTF_8))
                .hasMessage("end of stream after 3 bytes of the frame");
        assertThatThrownBy(() -> reader(1, 2, 3).skip(4)).hasMessage("end of stream after 3 bytes of the frame");

        ByteReader in = ByteReader.over(ChunkedStream.whole(new byte[10_000]), MIB);
        in.readInt();
        in.startFrame();
        assertThatThrownBy(() -> in.readBytes(20_000))
                .isInstanceOf(EOFException.class)
                .hasMessage("end of stream after 9996 bytes of the frame");
    }

    @Test
    void theFirstFailureOfTheStreamIsRememberedAndThrownAgain() throws IOException {
        IOException reset = new IOException("Connection reset");
        ByteReader in = ByteReader.over(failingAfter(new byte[] {1, 2, 3}, reset), 100);
        assertThat(in.readByte()).isEqualTo((byte) 1);
        assertThat(in.failure()).isNull();
        assertThat(in.failed()).isFalse();

        assertThatThrownBy(in::readInt).isSameAs(reset);

        assertThat(in.failure()).isSameAs(reset);
        assertThat(in.failed()).isTrue();
        assertThatThrownBy(in::readByte).isSameAs(reset);
        assertThatThrownBy(in::readVarint).isSameAs(reset);
        assertThatThrownBy(() -> in.readBytes(0)).isSameAs(reset);
        assertThatThrownBy(() -> in.readFully(new byte[0], 0, 0)).isSameAs(reset);
        assertThatThrownBy(() -> in.readString(0, UTF_8)).isSameAs(reset);
        assertThatThrownBy(() -> in.readLine(UTF_8)).isSameAs(reset);
        assertThatThrownBy(() -> in.readUntil((byte) 2)).isSameAs(reset);
        assertThatThrownBy(() -> in.skip(0)).isSameAs(reset);
        assertThatThrownBy(() -> in.checkLength(0)).isSameAs(reset);
        assertThatThrownBy(in::peek).isSameAs(reset);
        assertThatThrownBy(in::atEnd).isSameAs(reset);
        in.startFrame();
        assertThatThrownBy(in::readByte).isSameAs(reset);
    }

    @Test
    void anEndInsideAFrameIsAFailureOfTheTransport() {
        ByteReader in = reader(1, 2, 3);
        Throwable ended = catchThrowable(in::readInt);

        assertThat(in.failure()).isSameAs(ended);
        assertThatThrownBy(in::readByte).isSameAs(ended);
    }

    @Test
    void aRefusedLengthIsFinalButNoFailureOfTheTransport() {
        ByteReader in = reader(1, 2, 3);
        Throwable refused = catchThrowable(() -> in.readBytes(2 * MIB));

        assertThat(in.failure()).isNull();
        assertThat(in.failed()).isTrue();
        assertThatThrownBy(in::readByte).isSameAs(refused);
        assertThatThrownBy(in::atEnd).isSameAs(refused);
    }

    @Test
    void aStreamThatReturnsNothingIsBrokenAndDoesNotSpin() {
        InputStream idle = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] into, int off, int len) {
                return 0;
            }
        };
        ByteReader in = ByteReader.over(idle, MIB);

        assertThatIOException().isThrownBy(in::readByte).withMessageContaining("returned 0");
        assertThat(in.failure()).isNotNull();
        assertThatIOException()
                .isThrownBy(() -> ByteReader.over(idle, MIB).readBytes(5_000))
                .withMessageContaining("returned 0");
    }

    @Test
    void anUncheckedExceptionOfTheStreamIsPassedOnAndFinal() throws IOException {
        IllegalStateException bug = new IllegalStateException("bug");
        ChunkedStream first = ChunkedStream.whole(new byte[600]);
        InputStream stream = new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] into, int off, int len) {
                if (first.reads == 1) {
                    throw bug;
                }
                return first.read(into, off, len);
            }
        };
        ByteReader in = ByteReader.over(stream, MIB);
        in.readBytes(512);

        assertThatThrownBy(in::readByte).isSameAs(bug);
        assertThatIOException().isThrownBy(in::readByte).withCause(bug);
        assertThat(in.failure()).hasCause(bug);
    }

    @Test
    void peekConsumesNothingAndTellsTheEnd() throws IOException {
        ByteReader in = ByteReader.over(new ByteArrayInputStream(new byte[] {-1, 5}), 2);

        assertThat(in.atEnd()).isFalse();
        assertThat(in.peek()).isEqualTo(255);
        assertThat(in.frameBytes()).isZero();
        assertThat(in.readByte()).isEqualTo((byte) -1);
        assertThat(in.peek()).isEqualTo(5);
        assertThat(in.readByte()).isEqualTo((byte) 5);
        assertThat(in.peek()).isEqualTo(-1);
        assertThat(in.atEnd()).isTrue();
        assertThat(in.failed()).isFalse();
    }

    @Test
    void aZeroByteIsNotTheEnd() throws IOException {
        assertThat(reader(0).atEnd()).isFalse();
    }

    @Test
    void afterTheEndNothingOfWhatCameBeforeIsReadAgain() throws IOException {
        for (int length : new int[] {1, 100, 512, 600}) {
            ByteReader in = reader(new byte[length]);
            in.skip(length);
            assertThat(in.atEnd()).isTrue();

            assertThatThrownBy(in::readByte)
                    .isInstanceOf(EOFException.class)
                    .hasMessage("end of stream after " + length + " bytes of the frame");
        }
    }

    @Test
    void theLongestDelimiterIsFound() throws IOException {
        byte[] delimiter = random(1_024);
        ByteReader in = ByteReader.over(ChunkedStream.inChunks(delimiter, () -> 100), 1_024);

        assertThat(in.readUntil(delimiter)).isEmpty();
        assertThat(in.atEnd()).isTrue();
    }

    @Test
    void tellsWhatItHoldsBeyondWhatWasConsumed() throws IOException {
        ByteReader in = reader(1, 2, 3, 4, 5);
        assertThat(in.buffered()).isZero();
        in.readByte();

        assertThat(in.buffered()).isEqualTo(4);
        assertThat(in.received()).isEqualTo(5);
    }

    @Test
    void linesEndAtLfWithOrWithoutOneCr() throws IOException {
        byte[] text = "one\ntwo\r\n\n\r\nthree\rfour\r\r\n ä \n".getBytes(UTF_8);
        for (int at = 0; at < text.length; at++) {
            ByteReader in = ByteReader.over(ChunkedStream.splitAt(text, at), MIB);

            assertThat(in.readLine(UTF_8)).isEqualTo("one");
            assertThat(in.readLine(UTF_8)).isEqualTo("two");
            assertThat(in.readLine(UTF_8)).isEmpty();
            assertThat(in.readLine(UTF_8)).isEmpty();
            assertThat(in.readLine(UTF_8)).isEqualTo("three\rfour\r");
            assertThat(in.readLine(UTF_8)).isEqualTo(" ä ");
            assertThat(in.atEnd()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 511, 512, 513, 16_382, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769, 300_000})
    void linesMayBeLongerThanTheBuffer(int length) throws IOException {
        byte[] line = random(length);
        for (int i = 0; i < length; i++) {
            line[i] = (byte) (line[i] & 0x3F | 0x40);
        }
        String text = new String(line, US_ASCII);
        for (String end : new String[] {"\n", "\r\n"}) {
            byte[] bytes = ("x\n" + text + end + text + end + "y").getBytes(US_ASCII);
            for (int chunk : new int[] {13, 1_000, Integer.MAX_VALUE}) {
                ByteReader in = ByteReader.over(ChunkedStream.inChunks(bytes, () -> chunk), bytes.length);

                assertThat(in.readLine(US_ASCII)).isEqualTo("x");
                assertThat(in.readLine(US_ASCII)).isEqualTo(text);
                assertThat(in.readLine(US_ASCII)).isEqualTo(text);
                assertThat(in.readByte()).isEqualTo((byte) 'y');
                assertThat(in.frameBytes()).isEqualTo(bytes.length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 512, 16_384, 16_385, 40_000})
    void theEndOfALineCountsToTheBound(int length) throws IOException {
        byte[] bytes = new byte[length + 100];
        bytes[length - 1] = '\n';
        for (int bound : new int[] {length, length + 1}) {
            ByteReader in = ByteReader.over(new ByteArrayInputStream(bytes), bound);
            assertThat(in.readLine(US_ASCII)).hasSize(length - 1);
        }
        if (length > 1) {
            ByteReader in = ByteReader.over(new ByteArrayInputStream(bytes), length - 1);
            assertThatThrownBy(() -> in.readLine(US_ASCII))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessage("frame of at least " + length + " bytes is over maxFrame " + (length - 1));
        }
    }

    @Test
    void findsADelimiterThatBeginsWithinAFalseOne() throws IOException {
        byte[] bytes = "aaab-aabab-ab".getBytes(US_ASCII);
        for (int at = 0; at < bytes.length; at++) {
            ByteReader in = ByteReader.over(ChunkedStream.splitAt(bytes, at), MIB);
            byte[] delimiter = {'a', 'a', 'b'};

            assertThat(in.readUntil(delimiter)).asString(US_ASCII).isEqualTo("a");
            assertThat(in.readUntil(delimiter)).asString(US_ASCII).isEqualTo("-");
            assertThatThrownBy(() -> in.readUntil(delimiter)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void findsADelimiterAcrossTheEndOfTheLargestBuffer() throws IOException {
        byte[] delimiter = "0123456789".getBytes(US_ASCII);
        for (int length = 16_384 - 12; length <= 16_384 + 2; length++) {
            byte[] frame = new byte[length];
            Arrays.fill(frame, (byte) '8');
            byte[] bytes = ByteBuffer.allocate(length + 10 + 1)
                    .put(frame)
                    .put(delimiter)
                    .put((byte) 7)
                    .array();
            for (int chunk : new int[] {1_000, Integer.MAX_VALUE}) {
                ByteReader in = ByteReader.over(ChunkedStream.inChunks(bytes, () -> chunk), bytes.length);

                assertThat(in.readUntil(delimiter)).isEqualTo(frame);
                assertThat(in.readByte()).isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void aDelimiterBeforeTheFrameIsNotPartOfIt() throws IOException {
        ByteReader in = reader('a', 'a', 'b', 'a');
        in.readByte();

        assertThat(in.readUntil((byte) 'a', (byte) 'b')).isEmpty();
        assertThat(in.readByte()).isEqualTo((byte) 'a');

        ByteReader consumed = reader('a', 'b', 'a', 'b');
        consumed.readByte();
        assertThat(consumed.readUntil((byte) 'a', (byte) 'b')).containsExactly('b');
    }

    @Test
    void refusesDelimitersOfNoOrTooManyBytes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reader(1).readUntil())
                .withMessage("delimiter of 0 bytes is not allowed: 1 to 1024");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reader(1).readUntil(new byte[1_025]))
                .withMessage("delimiter of 1025 bytes is not allowed: 1 to 1024");
    }

    @Test
    void refusesABoundUnderOne() {
        for (int bound : new int[] {0, -1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ByteReader.over(InputStream.nullInputStream(), bound))
                    .withMessageContaining("maxFrame " + bound);
        }
    }

    @Test
    void aRangeOutsideTheArrayIsTheCallersMistakeAndHarmsNothing() throws IOException {
        ByteReader in = reader(1, 2, 3);

        assertThatThrownBy(() -> in.readFully(new byte[2], 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(in.readByte()).isEqualTo((byte) 1);
    }

    @Test
    void waitsWithASmallBuffer() throws IOException {
        ChunkedStream stream = ChunkedStream.whole(new byte[100]);
        ByteReader.over(stream, MIB).readByte();

        assertThat(stream.largestAsked).isEqualTo(512);
    }

    @Test
    void smallReadsOfAFastStreamNeedFewReadsOfIt() throws IOException {
        int total = 4 * MIB;
        ChunkedStream stream = ChunkedStream.whole(new byte[total]);
        ByteReader in = ByteReader.over(stream, MIB);
        for (int i = 0; i < total / 64; i++) {
            in.startFrame();
            in.readBytes(64);
        }

        assertThat(stream.largestAsked).isEqualTo(16 * 1024);
        assertThat(stream.reads).isLessThan(total / (16 * 1024) + 20);
    }

    @Test
    void aLargeValueIsReadInSlicesWithoutASecondCopy() throws Throwable {
        byte[] bytes = new byte[MIB];
        ChunkedStream stream = ChunkedStream.whole(bytes);
        ByteReader.over(stream, MIB).readBytes(MIB);

        assertThat(stream.largestAsked).isEqualTo(64 * 1024);
        assertThat(Allocated.bytesBy(
                        () -> ByteReader.over(ChunkedStream.whole(bytes), MIB).readBytes(MIB)))
                .isLessThan(MIB + 10_000);
    }

    @Test
    void randomLinesAndDelimitersAreFoundWhereASimpleSearchFindsThem() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            byte[] delimiter = new byte[1 + random.nextInt(4)];
            for (int i = 0; i < delimiter.length; i++) {
                delimiter[i] = (byte) ('a' + random.nextInt(2));
            }
            byte[] bytes = new byte[random.nextInt(round < 250 ? 2_000 : 60_000)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) ('a' + (random.nextInt(round % 3 == 0 ? 2 : 200) % 26));
            }
            ByteReader in = ByteReader.over(ChunkedStream.inChunks(bytes, () -> 1 + random.nextInt(2_000)), MIB);
            String text = new String(bytes, US_ASCII);
            String wanted = new String(delimiter, US_ASCII);

            int from = 0;
            for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, from)) {
                assertThat(new String(in.readUntil(delimiter), US_ASCII)).isEqualTo(text.substring(from, at));
                from = at + delimiter.length;
            }
            assertThatThrownBy(() -> in.readUntil(delimiter)).isInstanceOf(EOFException.class);
        }
    }

    private static ByteReader reader(int... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int value : values) {
            bytes.write(value);
        }
        return reader(bytes.toByteArray());
    }

    private static ByteReader reader(byte[] bytes) {
        return ByteReader.over(new ByteArrayInputStream(bytes), MIB);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static InputStream failingAfter(byte[] bytes, IOException failure) {
        ChunkedStream stream = ChunkedStream.whole(bytes);
        return new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] into, int off, int len) throws IOException {
                int n = stream.read(into, off, len);
                if (n < 0) {
                    throw failure;
                }
                return n;
            }
        };
    }
}
