package plainweave.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BytesTest {

    @Test
    void findsTheFirstPlaceOfEachByteValueAtEachDistance() {
        for (int value = -128; value < 128; value++) {
            for (int at = 0; at < 20; at++) {
                byte[] bytes = new byte[24];
                Arrays.fill(bytes, (byte) (value + 1));
                bytes[at] = (byte) value;
                bytes[at + 3] = (byte) value;

                assertThat(Bytes.indexOf(bytes, 0, bytes.length, (byte) value)).isEqualTo(at);
                assertThat(Bytes.indexOf(bytes, 0, at, (byte) value)).isEqualTo(-1);
            }
        }
    }

    @Test
    void agreesWithASimpleLoopOnRandomRanges() {
        Random random = new Random(42);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(60)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(6) + 125);
            }
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            byte wanted = (byte) (random.nextInt(6) + 125);

            assertThat(Bytes.indexOf(bytes, from, to, wanted)).isEqualTo(simply(bytes, from, to, wanted));
        }
    }

    @Test
    void findsNothingInAnEmptyOrReversedRange() {
        byte[] bytes = new byte[32];

        assertThat(Bytes.indexOf(bytes, 5, 5, (byte) 0)).isEqualTo(-1);
        assertThat(Bytes.indexOf(bytes, 9, 5, (byte) 0)).isEqualTo(-1);
        assertThat(Bytes.indexOf(Bytes.EMPTY, 1023, 0, (byte) 0)).isEqualTo(-1);
    }

    private static int simply(byte[] bytes, int from, int to, byte wanted) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
