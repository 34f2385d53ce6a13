package plainweave.examples.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What Linux tells about this process. */
public final class Proc {
    private static final Path SELF = Path.of("/proc/self");

    private Proc() {}

    /**
     * How many descriptors are open: sockets, files, selectors.
     *
     * @throws Complaint where there is no /proc, as always here
     */
    public static int descriptors() {
        try (Stream<Path> open = Files.list(SELF.resolve("fd"))) {
            return (int) open.count();
        } catch (IOException e) {
            throw missing(e);
        }
    }

    /** How many threads the system has made for this process. */
    public static int threads() {
        return (int) number(SELF.resolve("status"), "Threads:");
    }

    /** KiB of memory that are in use, heap and all, once garbage has been collected. */
    public static long residentKib() {
        System.gc();
        return number(SELF.resolve("status"), "VmRSS:");
    }

    /** How many threads a process may make and leave the system as many again. */
    public static int spareThreads() {
        long most = LongStream.of(
                        number(SELF.resolve("limits"), "Max processes"),
                        number(Path.of("/proc/sys/kernel/threads-max"), ""),
                        number(Path.of("/proc/sys/kernel/pid_max"), ""),
                        number(Path.of("/proc/sys/vm/max_map_count"), "") / 2, // a stack, and the guard below it
                        ofGroup("pids.max"))
                .min()
                .orElseThrow();
        return Math.clamp(most / 2, 1, Integer.MAX_VALUE);
    }

    /** Without a bound, as without such a group: the most a number can be. */
    private static long ofGroup(String file) {
        Path path = Path.of("/sys/fs/cgroup", file);
        return Files.exists(path) ? number(path, "") : Long.MAX_VALUE;
    }

    /** The number behind that word. */
    private static long number(Path file, String word) {
        try {
            String line = Files.readAllLines(file).stream()
                    .filter(each -> each.startsWith(word))
                    .findFirst()
                    .orElseThrow(() -> new IOException(file + " has no " + word));
            String number = line.substring(word.length()).strip().split("\\s+", -1)[0];
            return number.matches("\\d+") ? Long.parseLong(number) : Long.MAX_VALUE; // unlimited, or max
        } catch (IOException e) {
            throw missing(e);
        }
    }

    private static Complaint missing(IOException why) {
        return new Complaint("this needs Linux, which tells a process about itself in /proc: " + why.getMessage());
    }
}
