package plainweave.benchmarks.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/** Callers that block, each on a virtual thread of its own: the same loop for every peer that offers plain calls. */
public final class BlockingCallers {

    // Far fewer than the server's backlog holds: a connect that does not fit in is tried again only after a second.
    private static final int OPENING_AT_ONCE = 1_024;

    private BlockingCallers() {}

    /** Makes what one caller calls; that and the first exchange run in another thread than the others. */
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

    private record Opened(Call call, Line line) {}

    /**
     * Starts so many callers and returns when each has had a reply. They wait for each other until then, because those
     * that go on use up the core, and thousands of others would take half a minute to come in.
     */
    public static void start(int callers, Scoreboard board, Opening opening) {
        Semaphore entrance = new Semaphore(OPENING_AT_ONCE);
        List<FutureTask<Opened>> opened = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            int caller = i;
            FutureTask<Opened> task = new FutureTask<>(() -> enter(caller, board.newCaller(caller), opening, entrance));
            opened.add(task);
            Thread.ofVirtual().name("opening-" + caller).start(task);
        }
        try {
            for (FutureTask<Opened> task : opened) {
                task.get();
            }
            // By this platform thread, one by one: where callers woke each other, each from its carrier, a few of the
            // thousands that yield made nearly all exchanges for seconds. And each on a fresh thread, for frames that
            // wait
            // below the loop are interpreted ones, which cost at every park.
            for (int i = 0; i < callers; i++) {
                Opened caller = opened.get(i).get();
                Thread.ofVirtual().name("caller-" + i).start(() -> run(caller.call, caller.line, board));
            }
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            board.failed(e);
        }
    }

    // Only a reply proves that the server has taken the connection off its backlog.
    private static Opened enter(int caller, Line line, Opening opening, Semaphore entrance) throws Exception {
        entrance.acquire();
        try {
            Call call = opening.open(caller);
            line.next();
            call.exchange(line);
            return new Opened(call, line);
        } finally {
            entrance.release();
        }
    }

    private static void run(Call call, Line line, Scoreboard board) {
        try {
            long since = System.nanoTime();
            while (true) {
                line.next();
                call.exchange(line);
                long now = System.nanoTime();
                board.exchanged(now - since);
                since = now;
            }
        } catch (Throwable why) {
            board.failed(why);
        }
    }
}
