package plainweave.examples;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;

/** What came of an example. */
record Ran(int exitCode, String out, List<String> complaints) {

    /** Runs it in this JVM with these settings, its output no terminal. */
    static Ran with(Example example, Map<String, String> settings) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Screen screen = new Screen(printing(out), printing(err), false);
        int exitCode = Example.exitCode(example, screen, Settings.of(settings));
        return new Ran(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8).lines().toList());
    }

    private static PrintStream printing(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, false, StandardCharsets.UTF_8);
    }

    String lastLine() {
        return out.lines().toList().getLast();
    }

    /** The fields of the last line. */
    Map<String, String> figures() {
        Map<String, String> figures = new HashMap<>();
        for (String field : lastLine().split(" ")) {
            if (field.contains("=")) {
                figures.put(field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
            }
        }
        return figures;
    }

    long figure(String name) {
        return Long.parseLong(figures().get(name));
    }
}
