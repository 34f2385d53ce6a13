package plainweave.it.soak;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.stream.Collectors;
import plainweave.it.Eventually;

/** What this JVM takes when nothing is going on. */
record Footprint(long heapBytes, long descriptors, Set<Thread> threads) {
    private static final int LOOKS = 5;

    /** After collections; the least of a few looks, for the JVM has its own affairs. */
    static Footprint now() {
        long heap = Long.MAX_VALUE;
        long descriptors = Long.MAX_VALUE;
        for (int look = 0; look < LOOKS; look++) {
            System.gc();
            heap = Math.min(
                    heap,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            descriptors = Math.min(descriptors, openDescriptors());
        }
        return new Footprint(heap, descriptors, threadsOfClients());
    }

    /** How much more of the heap than before; less is none. */
    double heapGrowthMib(Footprint before) {
        return Math.max(0, heapBytes - before.heapBytes) / 1_048_576.0;
    }

    /** How many more descriptors than before; less is none. */
    long descriptorGrowth(Footprint before) {
        return Math.max(0, descriptors - before.descriptors);
    }

    /** The threads of clients that are there now and were not then; they are given the time to end. */
    Set<Thread> threadsSince() {
        Eventually.comesAbout(() -> threads.containsAll(threadsOfClients()));
        Set<Thread> now = threadsOfClients();
        now.removeAll(threads);
        return now;
    }

    private static long openDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    private static Set<Thread> threadsOfClients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("plainweave-"))
                .collect(Collectors.toSet());
    }
}
