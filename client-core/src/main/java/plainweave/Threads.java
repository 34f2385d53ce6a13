package plainweave;

import java.util.List;

/** What those have in common that run calls on threads of their own. */
final class Threads {
    private Threads() {}

    /** Returns when all have ended; an interrupt does not shorten it, and the flag stays set. */
    static void awaitEnd(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What to throw where it met another thread: an Error is thrown here, a RuntimeException comes back as it is. */
    static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
    }
}
