package plainweave.codec;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read, whatever the values are and however the bytes arrive. */
class RandomFramesTest {

    private static final byte[] DELIMITER = {0, 1, 0};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void thousandsOfFramesOfAllKindsComeBackAsTheyWere(long seed) throws IOException {
        Random random = new Random(seed);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(bytes, 300_000);
        List<Check> checks = new ArrayList<>();
        for (int frame = 0; frame < 1_000; frame++) {
            out.startFrame();
            List<Check> values = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                values.add(write(random, out));
            }
            long length = out.frameBytes();
            checks.add(in -> {
                in.startFrame();
                for (Check value : values) {
                    value.read(in);
                }
                assertThat(in.frameBytes()).isEqualTo(length);
            });
        }
        out.flush();

        int largestChunk = 1 << random.nextInt(16);
        ByteReader in = ByteReader.over(
                ChunkedStream.inChunks(bytes.toByteArray(), () -> 1 + random.nextInt(largestChunk)), 300_000);
        for (Check check : checks) {
            check.read(in);
        }
        assertThat(in.atEnd()).isTrue();
        assertThat(in.received()).isEqualTo(out.flushed()).isEqualTo(bytes.size());
    }

    private static Check write(Random random, ByteWriter out) throws IOException {
        long value = random.nextLong() >>> random.nextInt(64);
        int length = random.nextInt(random.nextInt(20) == 0 ? 40_000 : 100);
        switch (random.nextInt(10)) {
            case 0 -> {
                out.writeByte((int) value);
                return in -> assertThat(in.readByte()).isEqualTo((byte) value);
            }
            case 1 -> {
                out.writeShort((int) value);
                return in -> assertThat(in.readShort()).isEqualTo((short) value);
            }
            case 2 -> {
                out.writeInt((int) value, LITTLE_ENDIAN);
                return in -> assertThat(in.readInt(LITTLE_ENDIAN)).isEqualTo((int) value);
            }
            case 3 -> {
                out.writeLong(value);
                return in -> assertThat(in.readLong()).isEqualTo(value);
            }
            case 4 -> {
                out.writeVarint((int) value);
                return in -> assertThat(in.readVarint()).isEqualTo((int) value);
            }
            case 5 -> {
                out.writeVarlong(value);
                return in -> assertThat(in.readVarlong()).isEqualTo(value);
            }
            case 6 -> {
                String text = "é".repeat(length);
                out.writeString(text, UTF_8);
                return in -> assertThat(in.readString(2L * length, UTF_8)).isEqualTo(text);
            }
            case 7 -> {
                String line = "x".repeat(length);
                out.writeString(line + (length % 2 == 0 ? "\n" : "\r\n"), UTF_8);
                return in -> assertThat(in.readLine(UTF_8)).isEqualTo(line);
            }
            case 8 -> {
                byte[] some = new byte[length];
                random.nextBytes(some);
                out.write(some);
                int skipped = length / 3;
                return in -> {
                    in.skip(skipped);
                    byte[] rest = in.readBytes(length - skipped);
                    assertThat(rest).isEqualTo(Arrays.copyOfRange(some, skipped, length));
                };
            }
            default -> {
                byte[] some = new byte[length];
                for (int i = 0; i < length; i++) {
                    some[i] = (byte) (random.nextInt(2) + 1);
                }
                out.write(some);
                out.write(DELIMITER);
                return in -> assertThat(in.readUntil(DELIMITER)).isEqualTo(some);
            }
        }
    }

    private interface Check {
        void read(ByteReader in) throws IOException;
    }
}
