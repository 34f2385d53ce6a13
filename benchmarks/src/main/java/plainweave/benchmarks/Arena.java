package plainweave.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.peers.Launch;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.OpenFiles;
import plainweave.benchmarks.process.Programs;
import plainweave.benchmarks.server.Server;

/**
 * The same job done by Plainweave and by its peers, side by side:
 *
 * <pre>
 * mvn -q -pl benchmarks -am compile exec:exec@arena -Darena.job=serial-64 -Darena.peers=plainweave,netty-epoll
 * </pre>
 *
 * <p>For each job the arena starts a server, then each peer's client as a process of its own, in turns, and reads from
 * outside what CPU time an exchange costs the client. Every client checks every reply. {@link ArenaOptions} has the
 * options; the results are written as Markdown, CSV and SVG, and the run ends with a line for each peer.
 */
public final class Arena {

    // What starting and ending a client takes besides warm-up and window.
    private static final int SECONDS_AROUND = 1;

    // A child that is still there so long after it should have ended was left behind.
    private static final Duration GRACE = Duration.ofMinutes(2);

    private Arena() {}

    /** Runs the jobs asked for; exits with 1 when an option is wrong or a peer failed that is not there to fail. */
    public static void main(String[] args) {
        // The figures are in µs, and an output that goes to a file would otherwise be ASCII on a bare system.
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int status;
        try {
            status = run(ArenaOptions.from(System.getProperties()), out);
        } catch (IllegalArgumentException | IOException why) {
            System.err.println("arena: " + why.getMessage());
            status = 1;
        }
        System.exit(status);
    }

    static int run(ArenaOptions options, PrintStream out) throws IOException {
        if (!Files.exists(Path.of("/proc/self/stat"))) {
            throw new IOException("it needs Linux: it reads CPU times from /proc");
        }
        List<Peer> peers = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        for (Peer peer : options.peers()) {
            Optional<String> missing = peer.missing();
            if (missing.isEmpty()) {
                peers.add(peer);
            } else {
                leftOut.add(peer.name() + " is left out: it " + missing.get());
            }
        }
        leftOut.forEach(out::println);
        if (peers.isEmpty()) {
            throw new IOException("no peer is left to run");
        }
        Map<Job, List<Peer>> playing = playing(options.jobs(), peers, out);
        if (playing.isEmpty()) {
            throw new IOException("no job is left to run");
        }
        Cores cores = Cores.share(options.pin());
        Duration turn = Duration.ofSeconds(options.warmup() + options.seconds() + SECONDS_AROUND);
        long turns = playing.values().stream().mapToLong(List::size).sum() * options.rounds();
        Duration expected = turn.multipliedBy(turns);
        out.printf(
                Locale.ROOT,
                "%s; peers: %d, rounds: %d; about %s; %s%n",
                playing.keySet().stream().map(Job::name).collect(Collectors.joining(", ")),
                playing.values().stream().flatMap(List::stream).distinct().count(),
                options.rounds(),
                inWords(expected),
                cores.about());

        Programs programs = new Programs();
        Progress progress = new Progress(out);
        Duration serverLifetime = expected.multipliedBy(2).plus(GRACE);
        Reporter reporter = new Reporter(options, cores, leftOut, progress, out);
        for (Map.Entry<Job, List<Peer>> each : playing.entrySet()) {
            Job job = each.getKey();
            try (Server server = Server.start(job.service(), cores, programs, serverLifetime)) {
                Launch launch =
                        new Launch(server.port(), turn.plus(GRACE), options.java(), options.jvmFlags(), programs);
                Match match = new Match(job, options, cores, server, launch, progress);
                match.play(each.getValue());
                reporter.report(job, server, each.getValue(), match);
            }
        }
        return reporter.finish();
    }

    // Who does which job. One that cannot be done must not end a run of hours, so it is told before the run begins.
    private static Map<Job, List<Peer>> playing(List<Job> jobs, List<Peer> peers, PrintStream out) throws IOException {
        Map<Job, List<Peer>> playing = new LinkedHashMap<>();
        for (Job job : jobs) {
            List<Peer> able = peers.stream().filter(peer -> peer.plays(job)).toList();
            Optional<String> missing = job.service().missing();
            if (missing.isEmpty()) {
                missing = OpenFiles.tooFewFor(job.unsharedConnections());
            }
            if (missing.isPresent()) {
                out.println(job.name() + " is left out: it " + missing.get());
            } else if (able.isEmpty()) {
                out.println(job.name() + " is left out: none of the peers asked for does it");
            } else {
                playing.put(job, able);
            }
        }
        return playing;
    }

    private static String inWords(Duration time) {
        return time.toSeconds() < 90
                ? time.toSeconds() + " s"
                : time.plusSeconds(30).toMinutes() + " minutes";
    }
}
