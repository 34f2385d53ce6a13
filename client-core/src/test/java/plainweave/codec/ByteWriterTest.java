package plainweave.codec;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteWriterTest {

    private static final int MIB = 1024 * 1024;

    private final Recording sent = new Recording();

    /** One kind of write of a known number of bytes. */
    private record Writing(String name, int size, Action action) {
        interface Action {
            void write(ByteWriter out) throws IOException;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Writing> writings() {
        return List.of(
                new Writing("writeByte", 1, out -> out.writeByte(1)),
                new Writing("writeShort", 2, out -> out.writeShort(1)),
                new Writing("writeInt", 4, out -> out.writeInt(1)),
                new Writing("writeLong", 8, out -> out.writeLong(1)),
                new Writing("writeVarint", 3, out -> out.writeVarint(16_384)),
                new Writing("writeVarlong", 10, out -> out.writeVarlong(-1)),
                new Writing("writeString", 5, out -> out.writeString("ab€", UTF_8)),
                new Writing("write", 700, out -> out.write(new byte[700])),
                new Writing("write large", 200_000, out -> out.write(new byte[200_000])));
    }

    @Test
    void writesNumbersInBothOrders() throws IOException {
        ByteWriter out = ByteWriter.over(sent, MIB);
        out.writeByte(0x1FE);
        out.writeShort(0x10203);
        out.writeShort(0x10203, BIG_ENDIAN);
        out.writeShort(0x10203, LITTLE_ENDIAN);
        out.writeInt(0x01020304);
        out.writeInt(0x01020304, BIG_ENDIAN);
        out.writeInt(0x01020304, LITTLE_ENDIAN);
        out.writeLong(0x0102030405060708L);
        out.writeLong(0x0102030405060708L, BIG_ENDIAN);
        out.writeLong(0x0102030405060708L, LITTLE_ENDIAN);
        out.flush();

        assertThat(sent.toByteArray())
                .containsExactly(
                        0xFE, 2, 3, 2, 3, 3, 2, 1, 2, 3, 4, 1, 2, 3, 4, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4,
                        5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1);
    }

    @Test
    void writesVarintsInAsFewBytesAsTheyNeed() throws IOException {
        ByteWriter out = ByteWriter.over(sent, MIB);
        out.writeVarint(0);
        out.writeVarint(127);
        out.writeVarint(300);
        out.writeVarint(-1);
        out.writeVarlong(Long.MAX_VALUE);
        out.writeVarlong(-1);
        out.flush();

        assertThat(sent.toByteArray())
                .containsExactly(
                        0, 0x7F, 0xAC, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                        0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01);
    }

    @Test
    void varintsOfEachBitCountComeBackAsTheyWere() throws IOException {
        for (int bit = 0; bit < 64; bit++) {
            for (long value : new long[] {1L << bit, (1L << bit) - 1, -1L >>> bit}) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                ByteWriter out = ByteWriter.over(bytes, MIB);
                out.writeVarlong(value);
                out.writeVarint((int) value);
                out.flush();

                ByteReader in = ByteReader.over(ChunkedStream.byteByByte(bytes.toByteArray()), MIB);
                assertThat(in.readVarlong()).isEqualTo(value);
                assertThat(in.readVarint()).isEqualTo((int) value);
                assertThat(in.atEnd()).isTrue();
            }
        }
    }

    @Test
    void writesTextInAnyCharset() throws IOException {
        ByteWriter out = ByteWriter.over(sent, MIB);
        out.writeString("aä€", UTF_8);
        out.writeString("aä", ISO_8859_1);
        out.writeString("aä", UTF_16BE);
        out.writeString("", UTF_8);
        out.flush();

        assertThat(sent.toByteArray()).containsExactly('a', 0xC3, 0xA4, 0xE2, 0x82, 0xAC, 'a', 0xE4, 0, 'a', 0, 0xE4);
    }

    @ParameterizedTest
    @MethodSource("writings")
    void aFrameMayBeAsLongAsTheBoundAndNotAByteLonger(Writing kind) throws IOException {
        for (int bound : new int[] {kind.size() + 5, kind.size() + 600}) {
            for (int before : new int[] {bound - kind.size() - 1, bound - kind.size()}) {
                Recording taken = new Recording();
                ByteWriter out = ByteWriter.over(taken, bound);
                out.write(new byte[before]);
                kind.action().write(out);
                out.flush();

                assertThat(out.frameBytes()).isEqualTo(before + kind.size());
                assertThat(taken.size()).isEqualTo(before + kind.size());
                assertThat(out.flushed()).isEqualTo(before + kind.size());
            }

            Recording taken = new Recording();
            ByteWriter out = ByteWriter.over(taken, bound);
            out.write(new byte[bound - kind.size() + 1]);
            Throwable refused = catchThrowable(() -> kind.action().write(out));

            assertThat(refused)
                    .isInstanceOf(ProtocolException.class)
                    .hasMessage("frame of " + (bound + 1) + " bytes is over maxFrame " + bound);
            assertThat(out.frameBytes()).isEqualTo(bound - kind.size() + 1);
            assertThatThrownBy(out::flush).isSameAs(refused);
            assertThat(taken.size()).isZero();
            assertThat(out.failed()).isTrue();
            assertThat(out.failure()).isNull();
        }
    }

    @Test
    void aNewFrameCountsFromZero() throws IOException {
        ByteWriter out = ByteWriter.over(sent, 10);
        for (int frame = 0; frame < 20_000; frame++) {
            out.startFrame();
            out.writeLong(frame);
            out.writeShort(frame);
            assertThat(out.frameBytes()).isEqualTo(10);
        }
        out.flush();

        assertThat(sent.size()).isEqualTo(200_000);
        assertThatThrownBy(() -> out.writeByte(1)).isInstanceOf(ProtocolException.class);
        out.startFrame();
        assertThatThrownBy(() -> out.writeByte(1)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void nothingReachesTheStreamBeforeAFlushWhileItFitsTheBuffer() throws IOException {
        ByteWriter out = ByteWriter.over(sent, MIB);
        out.write(new byte[40_000]);
        out.write(new byte[25_528]);
        out.writeLong(1);

        assertThat(sent.writes).isZero();
        assertThat(out.flushed()).isZero();
        out.flush();
        assertThat(sent.writes).isEqualTo(1);
        assertThat(sent.flushes).isEqualTo(1);
        assertThat(out.flushed()).isEqualTo(65_536);
        assertThat(out.frameBytes()).isEqualTo(65_536);
    }

    @Test
    void aFullBufferIsWrittenByItselfAndNoMoreIsHeld() throws Throwable {
        ByteWriter out = ByteWriter.over(sent, MIB);
        for (int i = 0; i < MIB / 4; i++) {
            out.writeInt(i);
        }
        assertThat(out.flushed()).isEqualTo(MIB - 65_536);
        out.flush();

        assertThat(sent.size()).isEqualTo(MIB);
        assertThat(sent.largest).isEqualTo(65_536);
        assertThat(sent.flushes).isEqualTo(1);
        assertThat(Allocated.bytesBy(() -> {
                    ByteWriter other = ByteWriter.over(OutputStream.nullOutputStream(), MIB);
                    for (int i = 0; i < MIB / 4; i++) {
                        other.writeInt(i);
                    }
                }))
                .isLessThan(2 * 65_536 + 10_000);
    }

    @Test
    void largeArraysBypassTheBufferInSlices() throws Throwable {
        byte[] large = random(MIB - 4);
        ByteWriter out = ByteWriter.over(sent, MIB);
        out.writeInt(large.length);
        out.write(large);

        assertThat(out.flushed()).isEqualTo(MIB);
        assertThat(sent.largest).isEqualTo(65_536);
        assertThat(Arrays.copyOfRange(sent.toByteArray(), 4, MIB)).isEqualTo(large);
        assertThat(Allocated.bytesBy(() ->
                        ByteWriter.over(OutputStream.nullOutputStream(), MIB).write(large)))
                .isLessThan(10_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 511, 512, 513, 30_000, 32_768, 32_769, 65_535, 65_536, 65_537, 150_000})
    void arraysOfAnySizeKeepTheirOrder(int size) throws IOException {
        byte[] array = random(size);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(sent, Integer.MAX_VALUE);
        for (int i = 0; i < 7; i++) {
            out.writeByte(i);
            out.write(array);
            out.write(array, size / 2, size - size / 2);
            expected.write(i);
            expected.write(array);
            expected.write(array, size / 2, size - size / 2);
        }
        out.flush();

        assertThat(sent.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(out.flushed()).isEqualTo(expected.size());
        assertThat(out.frameBytes()).isEqualTo(expected.size());
    }

    @Test
    void anArrayMayBeChangedOnceItIsWritten() throws IOException {
        ByteWriter out = ByteWriter.over(sent, MIB);
        byte[] bytes = {1, 2, 3};
        out.write(bytes);
        bytes[0] = 9;
        out.flush();

        assertThat(sent.toByteArray()).containsExactly(1, 2, 3);
    }

    @Test
    void theFirstFailureOfTheStreamIsRememberedAndThrownAgain() throws IOException {
        IOException reset = new IOException("Broken pipe");
        sent.failing = reset;
        ByteWriter out = ByteWriter.over(sent, MIB);
        out.writeInt(1);
        assertThat(out.failure()).isNull();

        assertThatThrownBy(out::flush).isSameAs(reset);
        sent.failing = null;

        assertThat(out.failure()).isSameAs(reset);
        assertThat(out.failed()).isTrue();
        assertThat(out.flushed()).isEqualTo(4);
        assertThatThrownBy(out::flush).isSameAs(reset);
        for (Writing kind : writings()) {
            assertThatThrownBy(() -> kind.action().write(out)).isSameAs(reset);
        }
        assertThatThrownBy(() -> out.write(new byte[0])).isSameAs(reset);
        assertThat(sent.size()).isZero();
    }

    @Test
    void aFailureWhileALargeArrayIsWrittenIsRemembered() {
        IOException reset = new IOException("Broken pipe");
        sent.failing = reset;
        ByteWriter out = ByteWriter.over(sent, MIB);

        assertThatThrownBy(() -> out.write(new byte[200_000])).isSameAs(reset);
        assertThat(out.failure()).isSameAs(reset);
        assertThat(out.flushed()).isEqualTo(65_536);
    }

    @Test
    void anUncheckedExceptionOfTheStreamIsPassedOnAndFinal() throws IOException {
        IllegalStateException bug = new IllegalStateException("bug");
        ByteWriter out = ByteWriter.over(
                new OutputStream() {
                    @Override
                    public void write(int b) {
                        throw bug;
                    }
                },
                MIB);
        out.writeInt(1);

        assertThatThrownBy(out::flush).isSameAs(bug);
        assertThatThrownBy(out::flush).isInstanceOf(IOException.class).hasCause(bug);
        assertThat(out.failure()).hasCause(bug);
    }

    @Test
    void aFailureToFlushTheStreamIsRemembered() {
        IOException reset = new IOException("Broken pipe");
        OutputStream stream = new OutputStream() {
            @Override
            public void write(int b) {}

            @Override
            public void flush() throws IOException {
                throw reset;
            }
        };
        ByteWriter out = ByteWriter.over(stream, MIB);

        assertThatThrownBy(out::flush).isSameAs(reset);
        assertThat(out.failure()).isSameAs(reset);
    }

    @Test
    void aRangeOutsideTheArrayIsTheCallersMistakeAndHarmsNothing() throws IOException {
        ByteWriter out = ByteWriter.over(sent, MIB);

        assertThatThrownBy(() -> out.write(new byte[2], 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> out.write(new byte[2], 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        out.writeByte(1);
        out.flush();
        assertThat(sent.toByteArray()).containsExactly(1);
    }

    @Test
    void refusesABoundUnderOne() throws IOException {
        ByteWriter.over(sent, 1).writeByte(1);
        for (int bound : new int[] {0, -1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ByteWriter.over(sent, bound))
                    .withMessageContaining("maxFrame " + bound);
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static final class Recording extends OutputStream {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int writes;
        private int largest;
        private int flushes;
        private IOException failing;

        @Override
        public void write(int b) {
            throw new UnsupportedOperationException("one byte at a time is too slow");
        }

        @Override
        public void write(byte[] from, int off, int len) throws IOException {
            if (failing != null) {
                throw failing;
            }
            writes++;
            largest = Math.max(largest, len);
            bytes.write(from, off, len);
        }

        @Override
        public void flush() {
            flushes++;
        }

        int size() {
            return bytes.size();
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }
}
