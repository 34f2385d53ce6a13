package plainweave.benchmarks.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A process of the arena: spoken to by lines, waited for with a limit, its CPU time read from outside. It is told to
 * end by the end of its input, and killed if it does not.
 */
public final class Child implements AutoCloseable {
    private static final Pattern RELEASE = Pattern.compile("^\\S+ (\\d+)");

    // The kernel counts in its own ticks but always tells them to programs in hundredths of a second.
    private static final double TICKS_PER_SECOND = 100;

    private static final Duration TO_END = Duration.ofSeconds(3);
    private static final int LINES_KEPT = 5;
    private static final String END = "\0end";
    private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(Child::kill)));
    }

    private final String name;
    private final Process process;
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final Deque<String> unexpected = new ArrayDeque<>();
    private volatile long atWork;

    private Child(String name, Process process) {
        this.name = name;
        this.process = process;
        this.atWork = process.pid();
    }

    /** The command of the JVM that this one runs in. */
    public static String ownJava() {
        return String.join(File.separator, System.getProperty("java.home"), "bin", "java");
    }

    /** What a java command says of itself, on its first line. */
    public static String version(String java) throws IOException {
        Process asked =
                new ProcessBuilder(java, "--version").redirectErrorStream(true).start();
        String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said.lines().findFirst().orElse(java);
    }

    /** The release of a java command, as 25; that of this JVM where it does not say. */
    public static int release(String java) {
        int own = Runtime.version().feature();
        try {
            Matcher said = RELEASE.matcher(java.equals(ownJava()) ? "" : version(java));
            return said.find() ? Integer.parseInt(said.group(1)) : own;
        } catch (IOException e) {
            return own; // it cannot be run, as who starts it will be told
        }
    }

    /** The command that runs a class in a JVM like this one. */
    public static List<String> java(Class<?> main, List<String> flags, String... arguments) {
        return javaOf(ownJava(), main, flags, arguments);
    }

    /** The command that runs a class in a JVM of this java command. */
    public static List<String> javaOf(String java, Class<?> main, List<String> flags, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(java);
        command.addAll(flags);
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Starts a command; the name is for messages. */
    public static Child start(String name, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        ALIVE.add(process);
        Child child = new Child(name, process);
        Thread.ofPlatform().daemon().name("hears " + name).start(child::listen);
        return child;
    }

    /** Says a line to it. */
    public void say(String word) throws IOException {
        try {
            process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException closed) {
            throw new IOException(name + " no longer listens" + lastWords(), closed);
        }
    }

    /** Waits for the line that begins with this word and returns the rest of it. */
    public String await(String word, Duration atMost) throws IOException {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            String line = poll(end - System.nanoTime());
            if (line == null) {
                throw new IOException(
                        name + " did not say '" + word + "' within " + atMost.toSeconds() + " s" + lastWords());
            }
            if (line.equals(word) || line.startsWith(word + " ")) {
                return line.substring(word.length()).strip();
            }
            hear(line, "it said '" + word + "'");
        }
    }

    /** Lets it run for so long; a child that ends or fails meanwhile is not waited for. */
    public void rest(Duration howLong) throws IOException {
        long end = System.nanoTime() + howLong.toNanos();
        for (String line = poll(end - System.nanoTime()); line != null; line = poll(end - System.nanoTime())) {
            hear(line, "the end of its time");
        }
    }

    /** Has the CPU time read of the program that it has started and only speaks for. */
    public void worksAs(long pid) {
        atWork = pid;
    }

    /** CPU time of all its threads so far, user and system; in steps of 10 ms, so windows are seconds long. */
    public double cpuSeconds() throws IOException {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc", Long.toString(atWork), "stat"));
        } catch (IOException gone) {
            throw new IOException(name + " is gone" + lastWords(), gone);
        }
        // The command's name is in brackets and may itself hold blanks and brackets.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor(TO_END.toSeconds(), TimeUnit.SECONDS);
        } catch (IOException broken) {
            // It is gone already, or about to be killed.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            kill(process);
            ALIVE.remove(process);
        }
    }

    // What it has started goes with it: killed, it could no longer end that itself.
    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private void hear(String line, String before) throws IOException {
        if (line.equals(END)) {
            throw new IOException(name + " ended before " + before + lastWords());
        }
        if (line.startsWith("failed ")) {
            throw new IOException(name + ": " + line.substring("failed ".length()));
        }
        unexpected.addLast(line);
        if (unexpected.size() > LINES_KEPT) {
            unexpected.removeFirst();
        }
    }

    private @Nullable String poll(long nanos) throws IOException {
        try {
            return heard.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + name + " ran", interrupted);
        }
    }

    private String lastWords() {
        return unexpected.isEmpty() ? "" : "; it said: " + String.join(" / ", unexpected);
    }

    private void listen() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            out.lines().forEach(heard::add);
        } catch (IOException | RuntimeException closed) {
            // What was heard so far stays; the end is told below.
        } finally {
            heard.add(END);
        }
    }
}
