package plainweave.examples;

import java.util.List;
import java.util.Optional;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.Example;
import plainweave.examples.support.Jvm;
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
                    "PooledOrNot",
                    "the same calls with a connection for each, and with pooled ones",
                    "-Dtarget=host:port -Dscale=0.1",
                    PooledOrNot::run),
            new Entry(
                    "CachedDnsOrNot",
                    "the same calls with a lookup for each, and with names out of the cache",
                    "-Dscale=0.1",
                    CachedDnsOrNot::run),
            new Entry(
                    "TenThousandAtOnce",
                    "ten thousand calls at the same moment over eight connections",
                    "-Dtarget=host:port -Dscale=0.1",
                    TenThousandAtOnce::run),
            new Entry(
                    "VirtualOrPlatform",
                    "ten thousand callers that wait, on threads of either kind",
                    "-Dscale=0.1",
                    VirtualOrPlatform::run,
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:MinHeapFreeRatio=5",
                    "-XX:MaxHeapFreeRatio=10"), // so that memory which is not needed is given back
            new Entry(
                    "ReleasedInTime",
                    "ten thousand calls that fail, and nothing is left of them",
                    "-Dscale=0.1",
                    ReleasedInTime::run),
            new Entry(
                    "StreamALargeReply",
                    "a reply of a gibibyte, in a heap of 16 MiB",
                    "-Dscale=0.1",
                    StreamALargeReply::run,
                    "-Xmx16m",
                    "-XX:+UseSerialGC"),
            new Entry(
                    "MillionItems",
                    "a million calls as background work, in a heap of 64 MiB",
                    "-Dtarget=host:port -Dscale=0.1",
                    MillionItems::run,
                    "-Xmx64m"),
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
                    "PipelineRedis",
                    "a thousand callers of Redis: by a pool, and on one shared connection",
                    "-Dtarget=host:port -Dscale=0.1",
                    PipelineRedis::run),
            new Entry(
                    "TlsAndRotation",
                    "certificates rotate while calls go on, sessions are resumed",
                    "-Dscale=0.1",
                    TlsAndRotation::run),
            new Entry(
                    "FailoverByDns",
                    "a name moves while calls go on, the connections follow",
                    "-Dscale=0.1",
                    FailoverByDns::run),
            new Entry(
                    "OwnProtocol",
                    "a codec of your own, tried by the codec kit and then called",
                    "-Dtarget=host:port -Dscale=0.1",
                    OwnProtocol::run),
            new Entry(
                    "WatchTheMeters",
                    "a live page of a client's meters while its server has faults, for a minute",
                    "-Dseconds=600 -Dscale=0.1",
                    WatchTheMeters::run));

    private record Entry(String name, String idea, String settings, Example example, List<String> jvm) {
        /** An example, and the flags of the JVM it needs for itself, if it does. */
        Entry(String name, String idea, String settings, Example example, String... jvm) {
            this(name, idea, settings, example, List.of(jvm));
        }
    }

    private Examples() {}

    /** Runs the example to the end of this JVM; one that needs other flags has a JVM of its own. */
    public static void main(String[] args) {
        Example.start((screen, settings) -> {
            Optional<Entry> wanted = wanted(settings);
            return wanted.isPresent() && !wanted.get().jvm.isEmpty()
                    ? Jvm.run(wanted.get().jvm, Examples.class.getPackageName() + "." + wanted.get().name)
                    : run(screen, settings);
        });
    }

    static int run(Screen screen, Settings settings) {
        Optional<Entry> wanted = wanted(settings);
        if (wanted.isEmpty()) {
            list(screen);
            return 0;
        }
        return wanted.get().example.run(screen, settings);
    }

    /** The names of all. */
    static List<String> names() {
        return ALL.stream().map(Entry::name).toList();
    }

    private static Optional<Entry> wanted(Settings settings) {
        return settings.example()
                .map(name -> ALL.stream()
                        .filter(entry -> entry.name.equals(name))
                        .findFirst()
                        .orElseThrow(() ->
                                new Complaint("no example '" + name + "': there are " + String.join(", ", names()))));
    }

    private static void list(Screen screen) {
        screen.line("mvn -q -pl client-examples -am compile exec:exec -Dexample=Name runs one of these:%n");
        Table table = new Table("lll");
        ALL.forEach(entry -> table.row(entry.name, entry.idea, entry.settings));
        screen.table(table);
        screen.line("Without a target or url they bring their own server.");
    }
}
