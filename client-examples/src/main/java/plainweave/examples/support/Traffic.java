package plainweave.examples.support;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * Callers on virtual threads, each with one call after the other and a check of its reply: so many calls, or for as long as they are not
 * closed. Safe from any thread.
 */
public final class Traffic implements AutoCloseable {
    /** Those that go on leave time for others: they show that calls go on, and not how fast. */
    private static final long PAUSE_NANOS = 1_000_000;

    private final LongAdder calls = new LongAdder();
    private final Work work = new Work(calls::sum);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean over;

    private Traffic() {}

    /**
     * Makes so many calls by so many callers, shows how it goes on, and waits for the last.
     *
     * @param echo gives the reply to a line, which should be that line
     * @return the calls, closed
     */
    public static Work of(Screen screen, int callers, int calls, UnaryOperator<String> echo) {
        long start = System.nanoTime();
        Work work = screen.work(calls, () -> (long) Work.secondsSince(start), "s");
        try (work) {
            Callers.make(callers, calls, i -> call(echo, i, work));
        }
        return work;
    }

    /**
     * Starts so many callers.
     *
     * @param echo gives the reply to a line, which should be that line
     */
    public static Traffic start(int callers, UnaryOperator<String> echo) {
        Traffic traffic = new Traffic();
        for (int i = 0; i < callers; i++) {
            traffic.threads.execute(() -> traffic.callOn(echo));
        }
        return traffic;
    }

    private void callOn(UnaryOperator<String> echo) {
        for (int i = 0; !over; i++) {
            calls.increment();
            call(echo, i, work);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static void call(UnaryOperator<String> echo, int number, Work work) {
        String line = "call " + number;
        work.call(() -> echo.apply(line).equals(line));
    }

    /** How many calls were begun. */
    public long calls() {
        return calls.sum();
    }

    /** How many calls failed, once it is closed. */
    public long failed() {
        return work.left();
    }

    /** As of {@link Work#exitCode}, once it is closed. */
    public int exitCode(Screen screen) {
        return work.exitCode(screen);
    }

    /** Has each caller end with its present call, and waits for them. */
    @Override
    public void close() {
        over = true;
        threads.close();
        work.close();
    }
}
