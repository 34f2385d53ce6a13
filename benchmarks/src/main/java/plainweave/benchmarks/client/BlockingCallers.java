package plainweave.benchmarks.client;

/** Callers that block, each on a virtual thread of its own: the same loop for every peer that offers plain calls. */
public final class BlockingCallers {

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
            Thread.ofVirtual().name("caller-" + caller).start(() -> run(caller, board, opening));
        }
    }

    private static void run(int caller, Scoreboard board, Opening opening) {
        Line line = board.newCaller(caller);
        try {
            Call call = opening.open(caller);
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
