package plainweave.benchmarks.client;

import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/**
 * What a client written in Java counts: the exchanges of the window under way and how long each took. Any thread may
 * record; one thread starts and stops windows.
 */
public final class Scoreboard {

    private static final long LONGEST_NANOS = 120_000_000_000L;

    // One percent is finer than any two rounds agree, and a histogram of three digits would not stay in the first
    // cache.
    private static final int DIGITS = 2;

    private final Queue<Line> lines = new ConcurrentLinkedQueue<>();
    private final Map<Line, Long> sequencesAtStart = new ConcurrentHashMap<>();
    private volatile Histogram window = emptyHistogram();

    /** The line of a new caller. */
    public Line newCaller(int number) {
        Line line = new Line(number);
        lines.add(line);
        return line;
    }

    /** One exchange is over and its reply was right. */
    public void exchanged(long nanos) {
        window.recordValue(Math.min(nanos, LONGEST_NANOS));
    }

    /** Something went wrong; a client that cannot be trusted is not measured. */
    public void failed(Throwable why) {
        System.out.println("failed " + why);
        // Not System.exit: shutdown hooks could wait for the very thread that reports this.
        Runtime.getRuntime().halt(1);
    }

    void start() {
        lines.forEach(line -> sequencesAtStart.put(line, line.sequence()));
        window = emptyHistogram();
    }

    Histogram stop() {
        Histogram over = window;
        window = emptyHistogram();
        return over;
    }

    String result(Histogram over) {
        LongSummaryStatistics perCaller = lines.stream()
                .mapToLong(line -> line.sequence() - sequencesAtStart.getOrDefault(line, 0L))
                .summaryStatistics();
        return String.format(
                Locale.ROOT,
                "exchanges=%d p50_ns=%d p99_ns=%d p999_ns=%d max_ns=%d callers=%d fewest=%d most=%d",
                over.getTotalCount(),
                over.getValueAtPercentile(50),
                over.getValueAtPercentile(99),
                over.getValueAtPercentile(99.9),
                over.getMaxValue(),
                perCaller.getCount(),
                perCaller.getMin(),
                perCaller.getMax());
    }

    private static Histogram emptyHistogram() {
        return new AtomicHistogram(LONGEST_NANOS, DIGITS);
    }
}
