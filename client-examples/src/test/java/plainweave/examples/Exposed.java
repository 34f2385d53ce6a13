package plainweave.examples;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.examples.support.MeterPage;
import plainweave.observe.ClientStats;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Handshake;
import plainweave.observe.Leaked;
import plainweave.observe.Resolved;
import plainweave.observe.Shed;
import plainweave.observe.micrometer.MicrometerObserver;

/** The series that Prometheus is shown once everything has been reported, with their labels; and whether a query keeps to them. */
final class Exposed {
    /** What Prometheus adds to every series. */
    private static final Set<String> OF_THE_TARGET = Set.of("job", "instance");

    private static final Pattern SERIES = Pattern.compile("(plainweave\\w*)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");

    private final Map<String, Set<String>> labels = new HashMap<>();
    private final Map<String, Set<String>> values;

    Exposed() {
        PrometheusMeterRegistry registry = MeterPage.registry();
        Set<String> outcomes = reportEverything(new MicrometerObserver(registry));
        registry.scrape().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher series = SERIES.matcher(line);
            if (series.lookingAt()) {
                Set<String> keys = labels.computeIfAbsent(series.group(1), name -> new HashSet<>());
                matchers(series.group(2)).forEach(label -> keys.add(label.group(1)));
            }
        });
        values = Map.of(
                "outcome",
                outcomes,
                "priority",
                Set.of("URGENT", "NORMAL", "BACKGROUND", "other"),
                "kind",
                Set.of("full", "resumed"),
                "reason",
                Arrays.stream(ConnectionClosed.Reason.values())
                        .map(reason -> reason.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet()));
    }

    /** The names of all series. */
    Set<String> names() {
        return labels.keySet();
    }

    /** Returns the outcomes there can be. */
    private static Set<String> reportEverything(MicrometerObserver observer) {
        Endpoint here = Endpoint.of("here", 7);
        Duration time = Duration.ofMillis(3);
        observer.started(() ->
                new ClientStats(1, 2, 3, 4, Map.of(Priority.NORMAL, 4), 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
        observer.exchanged(new ExchangeReport(here, Priority.NORMAL, new Progress(0), null));
        observer.exchanged(new ExchangeReport(
                here,
                Priority.NORMAL,
                new Progress(0),
                new DeadlineExceededException("too slow", "", here, new Progress(0), null)));
        observer.opened(new ConnectionOpened(here, "127.0.0.1:7", time));
        observer.secured(new Handshake(here, "127.0.0.1:7", false, time));
        observer.closed(new ConnectionClosed(here, ConnectionClosed.Reason.IDLE, time));
        observer.resolved(new Resolved("here", List.of(InetAddress.getLoopbackAddress()), time, null));
        observer.resolved(new Resolved("there", List.of(), time, new UnknownHostException("there")));
        observer.shed(new Shed(here, Priority.NORMAL, "full"));
        observer.leaked(new Leaked(here, time, new Throwable("taken"), new Throwable("held")));
        Set<String> outcomes = Arrays.stream(CallException.class.getPermittedSubclasses())
                .map(kind -> kind.getSimpleName().replace("Exception", ""))
                .collect(Collectors.toSet());
        outcomes.addAll(Set.of("done", "failed")); // the latter of lookups
        return outcomes;
    }

    private static List<MatchResult> matchers(String selector) {
        return selector == null
                ? List.of()
                : MATCHER.matcher(selector).results().toList();
    }

    /**
     * What a query, and what is shown of it, name that there is not; empty if there is nothing.
     *
     * @param query PromQL
     * @param shown labels that a legend or a message names
     */
    List<String> missing(String query, Set<String> shown) {
        List<String> missing = new ArrayList<>();
        Set<String> known = new HashSet<>(OF_THE_TARGET);
        List<MatchResult> all = SERIES.matcher(query).results().toList();
        if (all.isEmpty()) {
            missing.add("no meter in " + query);
        }
        for (MatchResult series : all) {
            Set<String> own = labels.get(series.group(1));
            if (own == null) {
                missing.add("series " + series.group(1));
                continue;
            }
            known.addAll(own);
            for (MatchResult label : matchers(series.group(2))) {
                String key = label.group(1);
                if (!own.contains(key) && !OF_THE_TARGET.contains(key)) {
                    missing.add("label " + key + " of " + series.group(1));
                }
                for (String value : label.group(3).split("\\|")) {
                    if (values.containsKey(key) && !values.get(key).contains(value)) {
                        missing.add("value " + value + " of " + key);
                    }
                }
            }
        }
        Set<String> grouped = new HashSet<>();
        GROUPING.matcher(query)
                .results()
                .forEach(by -> grouped.addAll(List.of(by.group(1).split("\\s*,\\s*"))));
        for (String label : grouped) {
            if (!known.contains(label)) {
                missing.add("label " + label + " in " + query);
            }
        }
        for (String label : shown) {
            if (!(grouped.isEmpty() ? known : grouped).contains(label)) {
                missing.add("label " + label + " shown of " + query);
            }
        }
        return missing;
    }
}
