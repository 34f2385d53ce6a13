package plainweave.benchmarks.report;

/**
 * What one peer did in the window of one round.
 *
 * @param round counted from 1
 * @param peer who
 * @param exchanges finished and checked
 * @param seconds the length of the window
 * @param cpuSeconds CPU time of the client's process, user and system
 * @param serverCpuSeconds the same of the server's
 * @param othersCpuSeconds the same of every other program on the machine
 * @param p50Micros half of the exchanges took no longer
 * @param p99Micros all but one in a hundred
 * @param p999Micros all but one in a thousand
 * @param maxMicros the longest one
 * @param leastShare exchanges of the caller that made the fewest, over the mean of all callers
 * @param mostShare the same of the caller that made the most
 */
public record Measurement(
        int round,
        String peer,
        long exchanges,
        double seconds,
        double cpuSeconds,
        double serverCpuSeconds,
        double othersCpuSeconds,
        double p50Micros,
        double p99Micros,
        double p999Micros,
        double maxMicros,
        double leastShare,
        double mostShare) {

    /** Exchanges per second. */
    public double rate() {
        return exchanges / seconds;
    }

    /** The client's CPU time for one exchange. */
    public double cpuMicros() {
        return cpuSeconds * 1e6 / exchanges;
    }

    /** The server's CPU time for one exchange. */
    public double serverCpuMicros() {
        return serverCpuSeconds * 1e6 / exchanges;
    }

    /** How many cores every other program together kept busy; far from 0, the figures are worth little. */
    public double othersCores() {
        return othersCpuSeconds / seconds;
    }
}
