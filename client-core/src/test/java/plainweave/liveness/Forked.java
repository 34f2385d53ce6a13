package plainweave.liveness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Another JVM like this one, for what depends on how the JVM was started. It never outlives the call, nor its parent. */
final class Forked {
    private static final String FIGURE = "= ";
    private static final Duration READER_ENDS_WITHIN = Duration.ofSeconds(5);

    private Forked() {}

    /**
     * How it ended.
     *
     * @param exit its exit value, or that it was killed at its limit
     * @param lines what it printed
     */
    record Ended(String exit, List<String> lines) {
        boolean well() {
            return exit.equals("exit 0");
        }

        List<String> figures() {
            return lines.stream()
                    .filter(line -> line.startsWith(FIGURE))
                    .map(line -> line.substring(FIGURE.length()))
                    .toList();
        }

        String said() {
            return exit + ", it said:\n" + String.join("\n", lines);
        }
    }

    /** Runs a main class of this class path on this JDK and shows the figures it tells. */
    static Ended java(Duration limit, List<String> options, Class<?> main, String... args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(List.of("-ea", "-Xmx512m"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), main.getName()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            List<String> lines = Collections.synchronizedList(new ArrayList<>());
            Thread reader = Thread.ofPlatform()
                    .daemon()
                    .name("output-of-" + main.getSimpleName())
                    .start(() -> read(process, lines));
            boolean finished = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            reader.join(READER_ENDS_WITHIN);
            Ended ended =
                    new Ended(finished ? "exit " + process.exitValue() : "killed at its limit", List.copyOf(lines));
            ended.figures().forEach(System.out::println);
            return ended;
        } finally {
            process.destroyForcibly();
        }
    }

    private static void read(Process process, List<String> lines) {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("its output ended: " + e);
        }
    }

    /** What a main class does: exit value 0 if the body says true. */
    static void main(Callable<Boolean> body) {
        Thread.ofPlatform().daemon().name("parent-watch").start(Forked::endWithParent);
        boolean well = false;
        try {
            well = body.call();
        } catch (Throwable t) {
            t.printStackTrace(System.out);
        }
        System.out.flush();
        Runtime.getRuntime().halt(well ? 0 : 1);
    }

    /** For the main class: tells how it went. */
    static void figure(Object figure) {
        System.out.println(FIGURE + figure);
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // nothing is ever sent
            }
        } catch (IOException e) {
            // the parent is gone
        }
        Runtime.getRuntime().halt(3);
    }
}
