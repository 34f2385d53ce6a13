package plainweave.examples.support;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Where an example shows what it does: the standard streams, or a test's. */
public final class Screen {
    private static final Path STDOUT = Path.of("/proc/self/fd/1");

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    /**
     * A screen.
     *
     * @param out for what the example has to say
     * @param err for complaints
     * @param terminal whether what goes to {@code out} is looked at while it comes, and a line can be redrawn
     */
    public Screen(PrintStream out, PrintStream err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /** The standard streams of this JVM. */
    public static Screen standard() {
        return new Screen(System.out, System.err, isTerminal());
    }

    /** One line, made as {@link String#format} makes it. */
    public void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    /** A table, and an empty line below it. */
    public void table(Table table) {
        table.lines().forEach(out::println);
        out.println();
    }

    /** Bytes of somebody else's text. Control characters become dots: they could redraw or retitle a terminal. */
    public void foreignText(byte[] text) {
        byte[] harmless = text.clone();
        for (int i = 0; i < harmless.length; i++) {
            boolean control = harmless[i] >= 0 && harmless[i] < ' ' && harmless[i] != '\n' && harmless[i] != '\t';
            if (control || harmless[i] == 0x7F) {
                harmless[i] = '.';
            }
        }
        out.write(harmless, 0, harmless.length);
        out.flush();
    }

    /** One line that says what went wrong. */
    public void complain(String line) {
        out.flush();
        err.println(line.replaceAll("\\s*\\R\\s*", "; "));
    }

    /**
     * Shows how work goes on, until it is closed.
     *
     * @param total how much there is to do
     * @param done how much of it is done; asked twice a second by a thread of its own
     * @param detail what else to show; asked likewise
     */
    public ProgressLine progress(long total, LongSupplier done, Supplier<String> detail) {
        return ProgressLine.start(out, terminal, total, done, detail);
    }

    // System.console() is also null on a terminal whose input is redirected, and on some JDKs never null.
    private static boolean isTerminal() {
        if ("dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            String stdout = Files.readSymbolicLink(STDOUT).toString();
            return stdout.startsWith("/dev/pts/") || stdout.startsWith("/dev/tty") || stdout.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException noProc) {
            return System.console() != null;
        }
    }
}
