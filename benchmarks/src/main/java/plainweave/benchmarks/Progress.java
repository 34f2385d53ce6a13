package plainweave.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is shown while the arena runs: one line redrawn on a terminal, a line for each result elsewhere. */
final class Progress {

    private static final String REDRAW = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;

    Progress(PrintStream out) {
        this.out = out;
        this.terminal = isTerminal();
    }

    /** What is going on; shown only where it can be redrawn. */
    void now(String what) {
        if (terminal) {
            out.print(REDRAW + what);
            out.flush();
        }
    }

    /** What came out of a round; kept only where nothing is redrawn. */
    void result(String what) {
        if (terminal) {
            now(what);
        } else {
            out.println(what);
        }
    }

    /** What must stay to be read. */
    void say(String what) {
        out.println((terminal ? REDRAW : "") + what);
    }

    // System.console() is also null on a terminal whose input is redirected, and on some JDKs never null.
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException noProc) {
            return false;
        }
    }
}
