package plainweave.examples.support;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How work goes on: on a terminal one line that is redrawn twice a second, elsewhere a line for each further tenth of the work.
 *
 * <p>A platform thread draws it, which the work neither waits for nor delays: a virtual one would need a carrier, and hold it while
 * it prints.
 */
public final class ProgressLine implements AutoCloseable {
    private static final Duration PACE = Duration.ofMillis(500);
    private static final int BAR = 20;
    private static final int STEPS = 10;

    // Each frame overwrites the one before and only then erases what is left of it, so nothing flickers. While it is
    // written the terminal does not wrap: in a narrow window the frame is cut and does not run on into a second line.
    private static final String BEGIN = "\r\u001b[?7l";
    private static final String END = "\u001b[K\u001b[?7h";

    private final PrintStream out;
    private final boolean terminal;
    private final boolean blocks;
    private final long total;
    private final LongSupplier done;
    private final Supplier<String> detail;
    private final Thread thread;
    private volatile boolean closed;

    private long lastDone;
    private long lastNanos = System.nanoTime();

    private ProgressLine(
            PrintStream out, boolean terminal, long total, LongSupplier done, Supplier<String> detail) {
        this.out = out;
        this.terminal = terminal;
        this.blocks = out.charset().canEncode() && out.charset().newEncoder().canEncode("█░");
        this.total = total;
        this.done = done;
        this.detail = detail;
        this.thread = Thread.ofPlatform().daemon().name("progress").unstarted(this::work);
    }

    static ProgressLine start(
            PrintStream out, boolean terminal, long total, LongSupplier done, Supplier<String> detail) {
        ProgressLine line = new ProgressLine(out, terminal, total, done, detail);
        line.thread.start();
        return line;
    }

    private void work() {
        long next = System.nanoTime();
        while (!closed) {
            draw(System.nanoTime());
            next += PACE.toNanos();
            while (!closed && next - System.nanoTime() > 0) {
                LockSupport.parkNanos(this, next - System.nanoTime());
            }
        }
    }

    private void draw(long now) {
        long count = done.getAsLong();
        double seconds = Math.max(1, now - lastNanos) / 1e9;
        double rate = (count - lastDone) / seconds;
        boolean further = count * STEPS / total > lastDone * STEPS / total;
        if (terminal) {
            out.print(BEGIN + frame(count, rate) + END);
            out.flush();
        } else if (further && count < total) {
            out.println(frame(count, rate));
        }
        if (terminal || further) {
            lastDone = count;
            lastNanos = now;
        }
    }

    private String frame(long count, double rate) {
        int filled = (int) Math.min(BAR, count * BAR / total);
        String bar = (blocks ? "█" : "#").repeat(filled) + (blocks ? "░" : ".").repeat(BAR - filled);
        return String.format(
                Locale.ROOT, "%3d %%  %s  %,d of %,d  %,.0f/s  %s", count * 100 / total, bar, count, total, rate, detail.get());
    }

    /** Takes the line off the terminal. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (terminal) {
            out.print("\r" + END);
            out.flush();
        }
    }
}
