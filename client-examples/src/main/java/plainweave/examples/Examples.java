package plainweave.examples;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Table;

/** Runs the example that {@code -Dexample} names, or says which there are. */
public final class Examples {
    private static final List<Entry> ALL = List.of(
            new Entry(
                    "Quickstart",
                    "ten thousand blocking callers share 64 connections",
                    "-Dtarget=host:port -Dscale=0.1",
                    Quickstart::run),
            new Entry(
                    "HttpGet", "an HTTP GET over a lease, chunk by chunk", "-Durl=http://host:port/path", HttpGet::run),
            new Entry(
                    "MillionItems",
                    "a million calls as background work, in a heap of 64 MiB",
                    "-Dtarget=host:port -Dscale=0.1",
                    MillionItems::run),
            new Entry(
                    "DeadlineAcrossShards",
                    "one deadline for all shards, one slow and one dead",
                    "-Dscale=10",
                    DeadlineAcrossShards::run),
            new Entry(
                    "UrgentFirst",
                    "urgent calls under four times the load, in three minutes",
                    "-Dscale=0.1",
                    UrgentFirst::run),
            new Entry(
                    "OverloadStaysFlat",
                    "goodput by load, with permits that are fixed and that adapt",
                    "-Dscale=0.1",
                    OverloadStaysFlat::run),
            new Entry(
                    "WatchTheMeters",
                    "a live page of a client's meters while its server has faults, for a minute",
                    "-Dseconds=600 -Dscale=0.1",
                    WatchTheMeters::run));

    private record Entry(String name, String idea, String settings, Example example) {}

    private Examples() {}

    /** Starts the example in this JVM. */
    public static void main(String[] args) {
        Example.start(Examples::run);
    }

    static int run(Screen screen, Settings settings) {
        Optional<String> wanted = settings.example();
        if (wanted.isEmpty()) {
            list(screen);
            return 0;
        }
        return ALL.stream()
                .filter(entry -> entry.name.equals(wanted.get()))
                .findFirst()
                .orElseThrow(() -> new Complaint("no example '" + wanted.get() + "': there are " + names()))
                .example
                .run(screen, settings);
    }

    private static void list(Screen screen) {
        screen.line("mvn -q -pl client-examples -am compile exec:exec -Dexample=Name runs one of these:%n");
        Table table = new Table("lll");
        ALL.forEach(entry -> table.row(entry.name, entry.idea, entry.settings));
        screen.table(table);
        screen.line("Without a target or url they bring their own server.");
    }

    private static String names() {
        return ALL.stream().map(Entry::name).collect(Collectors.joining(", "));
    }
}
