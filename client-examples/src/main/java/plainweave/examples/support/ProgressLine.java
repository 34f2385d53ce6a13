package plainweave.examples.support;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Shows how work goes on: on a terminal one line that is redrawn twice a second, elsewhere a line for each further
 * tenth of the work.
 *
 * <p>A platform thread draws it, which the work neither waits for nor delays: a virtual one would need a carrier, and
 * hold it while it prints.
 */
final class ProgressLine implements AutoCloseable {
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
    private final Work work;
    private final LongSupplier beside;
    private final String unit;
    private final Thread thread;
    private volatile boolean closed;

    private long lastDone;
    private long lastNanos = System.nanoTime();

    ProgressLine(PrintStream out, boolean terminal, Work work, LongSupplier beside, String unit) {
        this.out = out;
        this.terminal = terminal;
        this.blocks = out.charset().canEncode() && out.charset().newEncoder().canEncode("█░");
        this.work = work;
        this.beside = beside;
        this.unit = unit;
        this.thread = Thread.ofPlatform().daemon().name("progress").unstarted(this::work);
    }

    void start() {
        thread.start();
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

    /** One look at the work. */
    void draw(long now) {
        long count = work.done();
        long total = work.total();
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

    /** Numbers stand still: each has the room that its largest value needs. */
    private String frame(long count, double rate) {
        String total = String.format(Locale.ROOT, "%,d", work.total());
        int filled = (int) (count * BAR / work.total());
        String bar = (blocks ? "█" : "#").repeat(filled) + (blocks ? "░" : ".").repeat(BAR - filled);
        String of = String.format(Locale.ROOT, "%," + total.length() + "d of %s", count, total);
        return String.format(
                Locale.ROOT,
                "%3d %%  %s  %s  %,9.0f/s  %,d %s",
                count * 100 / work.total(),
                bar,
                of,
                rate,
                beside.getAsLong(),
                unit);
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
