package plainweave.benchmarks.client;

/** Callers that block, each on a virtual thread of its own: the same loop for every peer that offers plain calls. */
public final class BlockingCallers {

    /**
     * A caller goes on in a fresh thread after that many. Code that was started once and never returns is never compiled but for its loops,
     * and a virtual thread with a frame that is not compiled parks and goes on at twice the price. Threads of a real program come and go.
     */
    private static final int EXCHANGES_PER_THREAD = 500;

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

    /** Starts so many callers and returns. */
    public static void start(int callers, Scoreboard board, Opening opening) {
        for (int i = 0; i < callers; i++) {
            int caller = i;
            onThreadOf(caller, () -> {
                try {
                    Line line = board.newCaller(caller);
                    run(caller, line, opening.open(caller), board, System.nanoTime());
                } catch (Throwable why) {
                    board.failed(why);
                }
            });
        }
    }

    private static void onThreadOf(int caller, Runnable body) {
        Thread.ofVirtual().name("caller-" + caller).start(body);
    }

    private static void run(int caller, Line line, Call call, Scoreboard board, long from) {
        long since = from;
        try {
            for (int i = 0; i < EXCHANGES_PER_THREAD; i++) {
                line.next();
                call.exchange(line);
                long now = System.nanoTime();
                board.exchanged(now - since);
                since = now;
            }
        } catch (Throwable why) {
            board.failed(why);
            return;
        }
        long next = since;
        onThreadOf(caller, () -> run(caller, line, call, board, next));
    }
}
