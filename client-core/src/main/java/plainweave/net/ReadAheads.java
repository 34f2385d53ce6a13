package plainweave.net;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The large direct buffers of a client, lent to its fast streams. There are few, for few streams that fast saturate any machine; one
 * that gets none is slower, and that is all.
 */
public final class ReadAheads {
    /** Of each: more bytes at a time no longer save time, for they leave the cache before they are copied out. */
    static final int BYTES = 256 * 1024;

    /** What they take together at most. */
    public static final int MOST_BYTES = 8 * BYTES;

    private final Queue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicInteger made = new AtomicInteger();

    /** One with nothing in it; null if all are lent. */
    @Nullable
    ByteBuffer take() {
        ByteBuffer buffer = free.poll();
        if (buffer == null && made.getAndUpdate(n -> Math.min(n + 1, MOST_BYTES / BYTES)) < MOST_BYTES / BYTES) {
            buffer = allocated();
        }
        return buffer == null ? null : buffer.limit(0);
    }

    private static @Nullable ByteBuffer allocated() {
        try {
            return ByteBuffer.allocateDirect(BYTES);
        } catch (OutOfMemoryError e) {
            // Others need what -XX:MaxDirectMemorySize allows. Not asked for again: the JDK takes its time to refuse.
            return null;
        }
    }

    /** It is not needed any more, whatever is left in it. */
    void give(ByteBuffer buffer) {
        free.add(buffer.clear());
    }
}
