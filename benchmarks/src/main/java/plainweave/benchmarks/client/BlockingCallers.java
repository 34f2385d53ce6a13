package plainweave.benchmarks.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/** Callers that block, each on a virtual thread of its own: the same loop for every peer that offers plain calls. */
public final class BlockingCallers {

    // Far fewer than the server's backlog holds: a connect that does not fit in is tried again only after a second.
    private static final int OPENING_AT_ONCE = 1_024;

    private BlockingCallers() {}

    /** Makes what one caller calls; runs in that caller's thread. */
    @FunctionalInterface
    public interface Opening {
        /** Opens what the caller with this number needs. */
        Call open(int caller) throws Exception;
    }

    /** One exchange, from the wait for a connection to the checked reply. */
    @FunctionalInterface
    public interface Call {
        /** Sends the line and checks the reply. */
        void exchange(Line line) throws Exception;
    }

    /**
     * Starts so many callers and returns when each has had a reply. They wait for each other until then, because those
     * that go on use up the core, and thousands of others would take half a minute to come in.
     */
    public static void start(int callers, Scoreboard board, Opening opening) {
        Semaphore entrance = new Semaphore(OPENING_AT_ONCE);
        CountDownLatch outside = new CountDownLatch(callers);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            int caller = i;
            threads.add(Thread.ofVirtual().name("caller-" + caller).start(() -> {
                Line line = board.newCaller(caller);
                try {
                    Call call = enter(caller, line, opening, entrance);
                    outside.countDown();
                    while (outside.getCount() > 0) {
                        LockSupport.park(outside);
                    }
                    run(call, line, board);
                } catch (Throwable why) {
                    board.failed(why);
                }
            }));
        }
        try {
            outside.await();
            // By this platform thread, one by one: where callers woke each other, each from its carrier, a few of the
            // thousands that yield made nearly all exchanges for seconds.
            threads.forEach(LockSupport::unpark);
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
    }

    // Only a reply proves that the server has taken the connection off its backlog.
    private static Call enter(int caller, Line line, Opening opening, Semaphore entrance) throws Exception {
        entrance.acquire();
        try {
            Call call = opening.open(caller);
            line.next();
            call.exchange(line);
            return call;
        } finally {
            entrance.release();
        }
    }

    private static void run(Call call, Line line, Scoreboard board) throws Exception {
        long since = System.nanoTime();
        while (true) {
            line.next();
            call.exchange(line);
            long now = System.nanoTime();
            board.exchanged(now - since);
            since = now;
        }
    }
}
