package plainweave.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.peers.Launch;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.peers.Peers;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.Gcc;
import plainweave.benchmarks.report.Markdown;
import plainweave.benchmarks.report.Measurement;
import plainweave.benchmarks.report.Report;
import plainweave.benchmarks.report.Spread;
import plainweave.benchmarks.report.Standing;
import plainweave.benchmarks.server.EchoServer;

/**
 * The same job done by Plainweave and by its peers, side by side:
 *
 * <pre>mvn -q -pl benchmarks -am compile exec:exec@arena -Darena.job=serial-64 -Darena.peers=plainweave,netty-epoll</pre>
 *
 * <p>The arena starts one echo server, then each peer's client as a process of its own, in turns, and reads from outside
 * what CPU time an exchange costs the client. Every client checks every reply. {@link ArenaOptions} has the options; the
 * results are written as Markdown, CSV and SVG, and the run ends with a line for each peer.
 */
public final class Arena {

    // What starting and ending a client takes besides warm-up and window.
    private static final int SECONDS_AROUND = 1;

    // A child that is still there so long after it should have ended was left behind.
    private static final Duration GRACE = Duration.ofMinutes(2);

    private final ArenaOptions options;
    private final PrintStream out;
    private final Progress progress;
    private final List<Peer> peers = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private boolean failed;

    private Arena(ArenaOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.progress = new Progress(out);
    }

    /** Runs the jobs asked for; exits with 1 when an option is wrong or a peer failed. */
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
        return new Arena(options, out).run();
    }

    private int run() throws IOException {
        if (!Files.exists(Path.of("/proc/self/stat"))) {
            throw new IOException("it needs Linux: it reads CPU times from /proc");
        }
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
        Cores cores = Cores.share(options.pin());
        Duration expected = Duration.ofSeconds((long) options.jobs().size() * peers.size() * options.rounds() * turnSeconds());
        out.printf(
                Locale.ROOT,
                "%s; %d peers, %d rounds: about %s; %s%n",
                String.join(", ", options.jobs().stream().map(Job::name).toList()),
                peers.size(),
                options.rounds(),
                minutes(expected),
                cores.about());
        Gcc gcc = new Gcc();
        try (EchoServer server = EchoServer.start(cores, gcc, expected.multipliedBy(2).plus(GRACE))) {
            Duration lifetime = Duration.ofSeconds(turnSeconds()).plus(GRACE);
            Launch launch = new Launch(server.port(), lifetime, options.jvmFlags(), gcc);
            for (Job job : options.jobs()) {
                Match match = new Match(job, options, cores, server, launch, progress);
                match.play(peers);
                report(match, job, cores, server);
            }
        }
        lines.forEach(out::println);
        return failed ? 1 : 0;
    }

    private void report(Match match, Job job, Cores cores, EchoServer server) throws IOException {
        List<String> notes = new ArrayList<>();
        List<Standing> standings = new ArrayList<>();
        List<Measurement> ours = of(match, Peers.OURS);
        for (Peer peer : peers) {
            Optional<String> failure = Optional.ofNullable(match.failures().get(peer.name()));
            if (failure.isPresent()) {
                failed = true;
                notes.add(peer.name() + " failed and has no figures: " + failure.get());
                continue;
            }
            Standing standing = Standing.of(peer.name(), of(match, peer.name()), ours);
            standings.add(standing);
            lines.add(standing.line(job.name()));
            notes.add(peer.name() + ": " + peer.about(job) + starved(standing, job));
        }
        notes.addAll(leftOut);
        progress.say("");
        if (standings.isEmpty()) {
            out.println(job.name() + ": no peer has figures");
            return;
        }
        Report report = new Report(job, standings, match.measurements(), conditions(match, cores, server), notes);
        String name = job.name() + (cores.pinned() ? "" : "-unpinned");
        report.write(options.results(), name);
        out.println(Markdown.table(report));
        out.println(report.conditions());
        notes.forEach(note -> out.println("- " + note));
        out.println("Written to " + options.results().resolve(name) + ".md, .csv and .svg\n");
    }

    private String conditions(Match match, Cores cores, EchoServer server) throws IOException {
        String flags = options.jvmFlags().isEmpty()
                ? ""
                : " Every Java client was given " + String.join(" ", options.jvmFlags()) + ".";
        return String.format(
                Locale.ROOT,
                "Medians of %d rounds, lowest and highest in brackets; each round a new client process, measured for %d s"
                        + " after %d s of warm-up; %s. Other programs kept %s cores busy meanwhile. Echo server: %s. Every"
                        + " reply was checked. JDK %s, %s.%s",
                options.rounds(),
                options.seconds(),
                options.warmup(),
                cores.about(),
                Spread.of(match.measurements().stream().mapToDouble(Measurement::othersCores))
                        .text("%.2f"),
                server.about(),
                Runtime.version(),
                Machine.about(),
                flags);
    }

    // Half of the rounds of a peer that failed later would be a comparison with nothing.
    private static List<Measurement> of(Match match, String peer) {
        if (match.failures().containsKey(peer)) {
            return List.of();
        }
        return match.measurements().stream()
                .filter(one -> one.peer().equals(peer))
                .toList();
    }

    private static String starved(Standing standing, Job job) {
        return standing.starved() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        ". Of its %,d callers %,d got no reply in a whole window",
                        job.callers(),
                        standing.starved());
    }

    private int turnSeconds() {
        return options.warmup() + options.seconds() + SECONDS_AROUND;
    }

    private static String minutes(Duration time) {
        return time.toSeconds() < 90 ? time.toSeconds() + " s" : time.plusSeconds(30).toMinutes() + " minutes";
    }
}
