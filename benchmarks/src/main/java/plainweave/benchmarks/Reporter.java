package plainweave.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.peers.Peers;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.report.Markdown;
import plainweave.benchmarks.report.Measurement;
import plainweave.benchmarks.report.Report;
import plainweave.benchmarks.report.Spread;
import plainweave.benchmarks.report.Standing;
import plainweave.benchmarks.server.Server;

/** Makes a report of each match and keeps the lines the run ends with. */
final class Reporter {

    private final ArenaOptions options;
    private final Cores cores;
    private final List<String> leftOut;
    private final Progress progress;
    private final PrintStream out;
    private final List<String> lastLines = new ArrayList<>();
    private boolean failed;

    Reporter(ArenaOptions options, Cores cores, List<String> leftOut, Progress progress, PrintStream out) {
        this.options = options;
        this.cores = cores;
        this.leftOut = leftOut;
        this.progress = progress;
        this.out = out;
    }

    void report(Job job, Server server, List<Peer> peers, Match match) throws IOException {
        // The two are different questions, and one must not overwrite the answer to the other.
        String name = job.name() + (cores.pinned() ? "" : "-unpinned");
        List<String> notes = new ArrayList<>();
        List<Standing> standings = new ArrayList<>();
        List<Measurement> ours = complete(match, Peers.OURS);
        for (Peer peer : peers) {
            Optional<String> failure = Optional.ofNullable(match.failures().get(peer.name()));
            if (failure.isPresent()) {
                failed |= !peer.asFound();
                notes.add(peer.name() + " failed and has no figures: " + failure.get() + ". Its settings: "
                        + peer.about(job));
                continue;
            }
            Standing standing = Standing.of(peer.name(), complete(match, peer.name()), ours);
            standings.add(standing);
            lastLines.add(standing.line(name));
            notes.add(peer.name() + ": " + peer.about(job));
        }
        List<String> others = options.peers().stream()
                .filter(peer -> peer.missing().isEmpty() && !peers.contains(peer))
                .map(Peer::name)
                .toList();
        if (!others.isEmpty()) {
            notes.add("left out, because there is no way to do this job with it: " + String.join(", ", others));
        }
        notes.addAll(leftOut);
        progress.say("");
        if (standings.isEmpty()) {
            out.println(job.name() + ": no peer has figures");
            return;
        }
        Report report = new Report(job, standings, match.measurements(), conditions(server, match), notes);
        report.write(options.results(), name);
        out.println(Markdown.table(report));
        out.println(report.conditions());
        notes.forEach(note -> out.println("- " + note));
        out.println("Written to " + options.results().resolve(name).toAbsolutePath() + ".md, .csv and .svg\n");
    }

    /** Says the last lines; 1 if any peer failed. */
    int finish() {
        lastLines.forEach(out::println);
        return failed ? 1 : 0;
    }

    private String conditions(Server server, Match match) throws IOException {
        String java = options.java().equals(Child.ownJava())
                ? "JDK " + Runtime.version()
                : "Java clients: " + Child.version(options.java());
        String flags = options.jvmFlags().isEmpty()
                ? ""
                : " Every Java client was given " + String.join(" ", options.jvmFlags()) + ".";
        Spread others = Spread.of(match.measurements().stream().mapToDouble(Measurement::othersCores));
        return String.format(
                Locale.ROOT,
                "Medians of all rounds (%d), lowest and highest in brackets; each round a new client process, measured"
                        + " for %d s after %d s of warm-up; %s. Other programs kept %s cores busy meanwhile. Server,"
                        + " %s. Every reply was checked, unless a line below says otherwise. %s, %s.%s",
                options.rounds(),
                options.seconds(),
                options.warmup(),
                cores.about(),
                others.text("%.2f"),
                server.about(),
                java,
                Machine.about(),
                flags);
    }

    // Half of the rounds, of a peer that failed in a later one, would be a comparison with nothing.
    private static List<Measurement> complete(Match match, String peer) {
        return match.failures().containsKey(peer)
                ? List.of()
                : match.measurements().stream()
                        .filter(one -> one.peer().equals(peer))
                        .toList();
    }
}
