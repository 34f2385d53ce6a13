package plainweave.examples.support;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Where an example shows what it does: the standard streams, or a test's. */
public final class Screen {
    private static final Path STDOUT = Path.of("/proc/self/fd/1");

    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

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
    @SuppressWarnings("AnnotateFormatMethod") // for which the examples would need one more library
    public void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    /** A table, and an empty line below it. */
    public void table(Table table) {
        List<String> lines = table.lines();
        for (int i = 0; i < lines.size(); i++) {
            boolean bold = terminal && table.headed() && i == 0;
            out.println(bold ? BOLD + lines.get(i) + PLAIN : lines.get(i));
        }
        out.println();
    }

    /** A chart, which is written to a file, and where that is. */
    public void chart(LineChart chart, Path to) {
        chart.write(to);
        line("A chart of it is %s%n", to.toAbsolutePath());
    }

    /** A chunk of text that came from elsewhere, below its size. */
    public void chunk(byte[] text) {
        line("-- %,d bytes", text.length);
        out.write(harmless(text), 0, text.length);
        if (text.length > 0 && text[text.length - 1] != '\n') {
            out.println();
        }
        out.flush();
    }

    /** Control characters become dots: they could redraw or retitle a terminal. */
    private static byte[] harmless(byte[] text) {
        byte[] harmless = text.clone();
        for (int i = 0; i < harmless.length; i++) {
            boolean control = harmless[i] >= 0 && harmless[i] < ' ' || harmless[i] == 0x7F;
            if (control && harmless[i] != '\n' && harmless[i] != '\r' && harmless[i] != '\t') {
                harmless[i] = '.';
            }
        }
        return harmless;
    }

    /** One line that says what went wrong. */
    public void complain(String line) {
        out.flush();
        err.println(line.replaceAll("\\p{Cntrl}+", " "));
    }

    /**
     * Begins so much work, and shows how it goes on until that is closed.
     *
     * @param total how many pieces it has, at least 1
     * @param beside a number to show beside it; asked twice a second, by a thread of its own
     * @param unit what that is the number of
     */
    public Work work(long total, LongSupplier beside, String unit) {
        Work work = new Work(total);
        work.showOn(new ProgressLine(out, terminal, work, beside, unit));
        return work;
    }

    // The console is the second choice: it is missing too if only the input is redirected, and on some JDKs never.
    @SuppressWarnings("SystemConsoleNull")
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
