package plainweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.LinesCodec;

/** Lines that remember which threads made calls; the request {@code error} throws an Error. */
final class WatchedLines implements LinesCodec {
    static final String ERROR = "error";

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    @Override
    public void write(String request, ByteWriter out) throws IOException {
        threads.add(Thread.currentThread());
        LinesCodec.super.write(request, out);
    }

    @Override
    public String read(String request, ByteReader in) throws IOException {
        if (request.equals(ERROR)) {
            throw new StackOverflowError("deep");
        }
        return LinesCodec.super.read(request, in);
    }

    /** How many threads there were. */
    int threads() {
        return threads.size();
    }

    /** That there were threads, and none is left now. */
    void assertAllEnded() {
        assertThat(threads).isNotEmpty().allSatisfy(thread -> {
            assertThat(thread.isVirtual()).isTrue();
            assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
        });
    }
}
