import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats the Java files below the current directory ({@code apply}), or fails if one of them is not formatted
 * ({@code check}).
 *
 * <p>A program of its own because the Maven plugins for this run inside Maven's own JVM, and a formatter on JDK 17
 * cannot read the language of JDK 21.
 */
public final class Format {
    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        Formatter formatter = Formatter.createFormatter(
                JavaFormatterOptions.builder().style(Style.PALANTIR).build());
        int unformatted = 0;
        for (Path file : sources()) {
            String before = Files.readString(file);
            String after;
            try {
                after = formatter.formatSource(
                        ImportOrderer.reorderImports(RemoveUnusedImports.removeUnusedImports(before), Style.PALANTIR));
            } catch (com.palantir.javaformat.java.FormatterException unreadable) {
                throw new IllegalStateException(file + ": " + unreadable.getMessage(), unreadable);
            }
            if (after.equals(before)) {
                continue;
            }
            unformatted++;
            System.err.println((apply ? "formatted " : "not formatted: ") + file);
            if (apply) {
                Files.writeString(file, after);
            }
        }
        if (unformatted > 0 && !apply) {
            System.err.println("To format them: mvn -q -N verify -Dformat=apply");
            System.exit(1);
        }
    }

    private static List<Path> sources() throws Exception {
        Path here = Path.of("");
        try (Stream<Path> files = Files.walk(here)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file ->
                            !file.startsWith("target") && !file.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
