package plainweave.examples.support;

/** The heap of this JVM. */
public final class Heap {
    private Heap() {}

    /** MiB in use, garbage included. */
    public static long usedMib() {
        return mib(Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    }

    /** MiB that it may have at most. */
    public static long maxMib() {
        return mib(Runtime.getRuntime().maxMemory());
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }
}
