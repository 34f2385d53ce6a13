package plainweave.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.jobs.Jobs;
import plainweave.benchmarks.jobs.Variant;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.peers.Peers;
import plainweave.benchmarks.process.Child;

/**
 * What the arena was asked for with {@code -Darena.…}; an empty value is an unset one, because the build passes every
 * name on.
 *
 * @param jobs {@code arena.job}, separated by commas; all of them by default. With {@code arena.deadlines} or
 *     {@code arena.metrics}, a variant of each
 * @param peers {@code arena.peers}, separated by commas; all of them by default. With {@code arena.metrics}, ours with and
 *     without its meters are among them; where nothing is pinned, Netty's pool also at its default number of loops
 * @param rounds {@code arena.rounds}: how often each peer is measured
 * @param seconds {@code arena.seconds}: the length of a measured window
 * @param warmup {@code arena.warmup}: the seconds a client runs before its window
 * @param pin {@code arena.pin}: whether client and server get a core each
 * @param results {@code arena.results}: the folder the reports are written to
 * @param java {@code arena.java}: the java command of every Java client; the arena's own by default
 * @param jvmFlags {@code arena.jvm}: further flags for every Java client, separated by blanks
 */
public record ArenaOptions(
        List<Job> jobs,
        List<Peer> peers,
        int rounds,
        int seconds,
        int warmup,
        boolean pin,
        Path results,
        String java,
        List<String> jvmFlags) {

    // Fewer rounds say nothing about the spread on a machine that does other things too.
    private static final int ROUNDS = 5;

    // A hundredth of a second is what the system resolves CPU time to: a quarter of a percent of this.
    private static final int SECONDS = 4;

    // After this long the second compiler has been through every loop, also on one slow core.
    private static final int WARMUP = 5;

    private static final int MOST_ROUNDS = 100;
    private static final int MOST_SECONDS = 600;

    /** Reads and checks the options; the exception's message is one line for the user. */
    public static ArenaOptions from(Properties said) {
        boolean deadlines = flag(said, "arena.deadlines", false);
        boolean metrics = flag(said, "arena.metrics", false);
        boolean pin = flag(said, "arena.pin", true);
        List<Peer> peers = choice(said, "arena.peers", Peers.ALL, Peer::name);
        return new ArenaOptions(
                variants(choice(said, "arena.job", Jobs.ALL, Job::name), deadlines, metrics),
                withDefaults(pin, metrics ? withMeters(peers) : peers),
                number(said, "arena.rounds", ROUNDS, MOST_ROUNDS),
                number(said, "arena.seconds", SECONDS, MOST_SECONDS),
                number(said, "arena.warmup", WARMUP, MOST_SECONDS),
                pin,
                value(said, "arena.results").map(Path::of).orElseGet(ArenaOptions::ownResults),
                value(said, "arena.java").orElseGet(Child::ownJava),
                value(said, "arena.jvm")
                        .map(flags -> List.of(flags.split("\\s+", -1)))
                        .orElse(List.of()));
    }

    private static List<Job> variants(List<Job> jobs, boolean deadlines, boolean metrics) {
        return deadlines || metrics
                ? jobs.stream()
                        .<Job>map(job -> new Variant(job, deadlines, metrics))
                        .toList()
                : jobs;
    }

    // What meters cost is the difference of two peers in one run, so both are there, whoever else was asked for.
    private static List<Peer> withMeters(List<Peer> asked) {
        Stream<Peer> ours = Stream.of(Peers.named(Peers.OURS), Peers.METERED);
        return Stream.concat(ours, asked.stream()).distinct().toList();
    }

    // How many loops a peer has by default matters only where there is more than one core to run them.
    private static List<Peer> withDefaults(boolean pin, List<Peer> asked) {
        boolean wanted = !pin && asked.contains(Peers.named("netty-pool"));
        return wanted
                ? Stream.concat(asked.stream(), Stream.of(Peers.NETTY_DEFAULTS)).toList()
                : asked;
    }

    private static Optional<String> value(Properties said, String name) {
        return Optional.ofNullable(said.getProperty(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private static <T> List<T> choice(Properties said, String option, List<T> all, Function<T, String> name) {
        Optional<String> value = value(said, option);
        if (value.isEmpty()) {
            return all;
        }
        List<T> chosen = new ArrayList<>();
        for (String wanted : value.get().split("\\s*,\\s*", -1)) {
            T found = all.stream()
                    .filter(one -> name.apply(one).equals(wanted))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException(option + "=" + wanted + ": there is no such thing; there are "
                                    + all.stream().map(name).collect(Collectors.joining(", "))));
            if (!chosen.contains(found)) {
                chosen.add(found);
            }
        }
        // The order of the tables stays the same whatever the order they were asked for in.
        return all.stream().filter(chosen::contains).toList();
    }

    private static int number(Properties said, String option, int unset, int most) {
        Optional<String> value = value(said, option);
        if (value.isEmpty()) {
            return unset;
        }
        try {
            int number = Integer.parseInt(value.get());
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException noNumber) {
            // Said below, together with the numbers that are out of bounds.
        }
        throw new IllegalArgumentException(option + "=" + value.get() + ": must be a number from 1 to " + most);
    }

    private static boolean flag(Properties said, String option, boolean unset) {
        return switch (value(said, option).orElse(Boolean.toString(unset))) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new IllegalArgumentException(
                        option + "=" + value(said, option).orElse("") + ": must be true or false");
        };
    }

    // Maven starts the arena in the module's folder, an IDE in the project's.
    private static Path ownResults() {
        return Files.isDirectory(Path.of("benchmarks")) ? Path.of("benchmarks", "results") : Path.of("results");
    }
}
