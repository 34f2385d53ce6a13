package plainweave.codec;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Counts what the calling thread allocates. */
public final class Allocated {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocated() {}

    /** The bytes allocated by the second run: the first one loads classes. */
    public static long bytesBy(ThrowingCallable action) throws Throwable {
        action.call();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        action.call();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
