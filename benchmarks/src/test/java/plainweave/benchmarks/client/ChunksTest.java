package plainweave.benchmarks.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ChunksTest {

    private static final int SENT_FOR_A_CHUNK = Integer.BYTES + Chunks.BYTES;

    @Test
    void countsWhateverThePiecesItComesIn() {
        for (int piece : new int[] {5, 4_096, SENT_FOR_A_CHUNK, 200_000}) {
            Chunks chunks = new Chunks(2L * Chunks.PER_EXCHANGE);
            assertThat(chunks.over()).isTrue();
            int exchanges = 0;
            ByteBuffer sent = sent(2 * Chunks.PER_EXCHANGE);
            while (sent.hasRemaining()) {
                assertThat(chunks.over()).isFalse();
                int length = Math.min(piece, sent.remaining());
                chunks.take(sent.slice(sent.position(), length));
                sent.position(sent.position() + length);
                while (chunks.exchange()) {
                    exchanges++;
                }
            }
            assertThat(exchanges).isEqualTo(2);
            assertThat(chunks.over()).isTrue();
            // The numbers of the next download begin anew.
            chunks.take(sent(1));
        }
    }

    @Test
    void refusesAChunkThatIsMissingOrOfAnotherLength() {
        Chunks missing = new Chunks(8);
        assertThat(missing.over()).isTrue();
        ByteBuffer sent = sent(3);
        missing.take(sent.slice(0, SENT_FOR_A_CHUNK));
        assertThatThrownBy(() -> missing.take(sent.slice(2 * SENT_FOR_A_CHUNK, SENT_FOR_A_CHUNK)))
                .hasMessageContaining("expected number 1")
                .hasMessageContaining("got number 2");

        Chunks longer = new Chunks(8);
        assertThat(longer.over()).isTrue();
        assertThatThrownBy(() -> longer.take(sent(1).putInt(0, Chunks.BYTES + 1)))
                .hasMessageContaining("of 65537");
    }

    private static ByteBuffer sent(int chunks) {
        ByteBuffer sent = ByteBuffer.allocate(chunks * SENT_FOR_A_CHUNK);
        for (int number = 0; number < chunks; number++) {
            sent.putInt(number * SENT_FOR_A_CHUNK, Chunks.BYTES)
                    .putLong(number * SENT_FOR_A_CHUNK + Integer.BYTES, number);
        }
        return sent;
    }
}
