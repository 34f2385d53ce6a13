package plainweave.testing;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** What is too long or a lie is refused early, at little cost, and for good. */
final class CodecRefusals<T> extends CodecCase<T> {
    // What a reader may hold of the frames that follow.
    private static final int READ_AHEAD = 64 << 10;
    // Buffers and exceptions, which a codec with a small limit has too.
    private static final int SLACK = 64 << 10;
    // The first one loads classes; the compiler may allocate on this thread in any.
    private static final int MEASURED = 3;
    private static final int READS_AFTERWARDS = 3;

    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    CodecRefusals(String name, CodecKit<T> kit) {
        super(name, kit);
    }

    void refuses(List<byte[]> bad) {
        long most = 2L * kit.limit + SLACK;
        for (int i = 0; i < bad.size(); i++) {
            byte[] bytes = followed(bad.get(i));
            String frame = frame(i, bad);
            long least = Long.MAX_VALUE;
            for (int run = 0; run < MEASURED; run++) {
                least = Math.min(least, allocatedByRefusing(frame, bytes));
            }
            if (least > most) {
                throw failed(
                        frame + ": allocated " + least + " bytes, more than twice the limit of " + kit.limit, null);
            }
        }
    }

    void neverResynchronises(List<byte[]> bad) {
        for (int i = 0; i < bad.size(); i++) {
            CodecKit.Frames<T> from = kit.opener.open(Delivery.whole(followed(bad.get(i))));
            refuses(frame(i, bad), from);
            for (int read = 1; read <= READS_AFTERWARDS; read++) {
                refuses(frame(i, bad) + ", read " + read + " after it", from);
            }
        }
    }

    private long allocatedByRefusing(String frame, byte[] bytes) {
        Delivery in = Delivery.whole(bytes);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        refuses(frame, kit.opener.open(in));
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (in.consumed() > (long) kit.limit + READ_AHEAD) {
            throw failed(frame + ": took " + in.consumed() + " bytes before it refused, limit " + kit.limit, null);
        }
        return allocated;
    }

    /** With so many samples behind it that a reader which believes it finds bytes enough. */
    private byte[] followed(byte[] bad) {
        List<byte[]> parts = new ArrayList<>();
        parts.add(bad);
        long enough = (long) kit.limit + 2 * READ_AHEAD;
        for (long length = 0; length < enough; ) {
            parts.addAll(frames);
            length += frames.stream().mapToLong(frame -> frame.length).sum();
        }
        return CodecChecks.concat(parts);
    }

    private static String frame(int index, List<byte[]> bad) {
        return "frame " + (index + 1) + " of " + bad.size();
    }
}
