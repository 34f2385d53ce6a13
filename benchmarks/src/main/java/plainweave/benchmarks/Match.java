package plainweave.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.peers.Launch;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.process.Busy;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.report.Measurement;
import plainweave.benchmarks.server.Server;

/**
 * All rounds of one job. The peers take turns within each round, in another order each time, so that whatever else the
 * machine does hits all of them alike; every turn is a new process, so that no one lives on a lucky compilation.
 */
final class Match {

    private static final Duration TO_START = Duration.ofSeconds(30);
    private static final Duration TO_ANSWER = Duration.ofSeconds(30);

    private final Job job;
    private final ArenaOptions options;
    private final Cores cores;
    private final Server server;
    private final Launch launch;
    private final Progress progress;
    private final List<Measurement> measurements = new ArrayList<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    Match(Job job, ArenaOptions options, Cores cores, Server server, Launch launch, Progress progress) {
        this.job = job;
        this.options = options;
        this.cores = cores;
        this.server = server;
        this.launch = launch;
        this.progress = progress;
    }

    /** Plays all rounds; a peer that fails is not asked again. */
    void play(List<Peer> peers) {
        for (int round = 1; round <= options.rounds(); round++) {
            List<Peer> turns = new ArrayList<>(peers);
            Collections.rotate(turns, 1 - round);
            for (Peer peer : turns) {
                if (failures.containsKey(peer.name())) {
                    continue;
                }
                String where = String.format(
                        Locale.ROOT, "%s, round %d of %d, %s", job.name(), round, options.rounds(), peer.name());
                try {
                    Measurement measured = turn(round, peer, where);
                    measurements.add(measured);
                    progress.result(String.format(
                            Locale.ROOT, "%s: %.2f µs, %,.0f/s", where, measured.cpuMicros(), measured.rate()));
                } catch (IOException why) {
                    failures.put(peer.name(), String.valueOf(why.getMessage()));
                    progress.say(where + " failed: " + why.getMessage());
                }
            }
        }
    }

    List<Measurement> measurements() {
        return measurements;
    }

    /** Why a peer has no place in the table. */
    Map<String, String> failures() {
        return failures;
    }

    private Measurement turn(int round, Peer peer, String where) throws IOException {
        progress.now(where + ": starting");
        List<String> command = new ArrayList<>(cores.client());
        command.addAll(peer.command(job, launch));
        try (Child client = Child.start(peer.name(), command)) {
            String atWork = client.await("ready", TO_START);
            if (!atWork.isEmpty()) {
                client.worksAs(Long.parseLong(atWork));
            }
            progress.now(where + ": warming up for " + options.warmup() + " s");
            client.rest(Duration.ofSeconds(options.warmup()));
            progress.now(where + ": measuring for " + options.seconds() + " s");

            // At both ends the client's answer comes first and the clocks are read right after it, so that the way of
            // the answer lengthens neither the window nor what was used in it.
            client.say("start");
            client.await("started", TO_ANSWER);
            Clocks start = Clocks.read(client, server);
            client.rest(Duration.ofSeconds(options.seconds()));
            client.say("stop");
            client.await("stopped", TO_ANSWER);
            Clocks stop = Clocks.read(client, server);
            return measurement(round, peer, start, stop, client.await("result", TO_ANSWER));
        }
    }

    private static Measurement measurement(int round, Peer peer, Clocks start, Clocks stop, String result)
            throws IOException {
        Map<String, Long> figures = new HashMap<>();
        for (String pair : result.split(" ", -1)) {
            int equals = pair.indexOf('=');
            figures.put(pair.substring(0, equals), Long.valueOf(pair.substring(equals + 1)));
        }
        if (figures.getOrDefault("exchanges", 0L) == 0) {
            throw new IOException(peer.name() + " finished no exchange in the whole window");
        }
        double mean = (double) figures.getOrDefault("exchanges", 0L) / figures.getOrDefault("callers", 1L);
        return new Measurement(
                round,
                peer.name(),
                figures.getOrDefault("exchanges", 0L),
                (stop.nanos - start.nanos) / 1e9,
                stop.clientCpuSeconds - start.clientCpuSeconds,
                stop.serverCpuSeconds - start.serverCpuSeconds,
                Math.max(0, stop.othersCpuSeconds() - start.othersCpuSeconds()),
                figures.getOrDefault("p50_ns", 0L) / 1e3,
                figures.getOrDefault("p99_ns", 0L) / 1e3,
                figures.getOrDefault("p999_ns", 0L) / 1e3,
                figures.getOrDefault("max_ns", 0L) / 1e3,
                figures.getOrDefault("fewest", 0L) / mean,
                figures.getOrDefault("most", 0L) / mean);
    }

    private record Clocks(long nanos, double clientCpuSeconds, double serverCpuSeconds, double allCpuSeconds) {

        static Clocks read(Child client, Server server) throws IOException {
            double used = client.cpuSeconds();
            return new Clocks(System.nanoTime(), used, server.process().cpuSeconds(), Busy.seconds());
        }

        double othersCpuSeconds() {
            return allCpuSeconds - clientCpuSeconds - serverCpuSeconds;
        }
    }
}
