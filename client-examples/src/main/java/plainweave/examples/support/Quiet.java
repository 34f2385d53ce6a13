package plainweave.examples.support;

import java.util.logging.Level;
import java.util.logging.Logger;

/** For examples in which calls have to fail. */
final class Quiet {
    // Held, because loggers are collected with their level.
    private static final Logger LIBRARY = Logger.getLogger("plainweave");

    private Quiet() {}

    /** Has the library keep its warnings to itself in this JVM: that calls time out is what is shown, and no news. */
    static void begin() {
        LIBRARY.setLevel(Level.OFF);
    }
}
