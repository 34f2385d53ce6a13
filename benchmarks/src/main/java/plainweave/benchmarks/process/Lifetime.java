package plainweave.benchmarks.process;

import java.time.Duration;

/** The end of a child process that nobody ended. */
public final class Lifetime {

    private Lifetime() {}

    /** Ends this process after so long, whatever happens to the arena. */
    public static void limit(Duration lifetime) {
        limit(lifetime, () -> {});
    }

    /** The same, with something to be done before. */
    public static void limit(Duration lifetime, Runnable before) {
        Thread.ofPlatform().daemon().name("lifetime").start(() -> {
            try {
                Thread.sleep(lifetime);
            } catch (InterruptedException early) {
                return;
            }
            before.run();
            System.out.println("failed it outlived " + lifetime.toSeconds() + " s");
            Runtime.getRuntime().halt(1);
        });
    }
}
