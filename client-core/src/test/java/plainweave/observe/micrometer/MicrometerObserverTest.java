package plainweave.observe.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plainweave.call.CallException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.observe.ClientStats;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Handshake;
import plainweave.observe.Leaked;
import plainweave.observe.Resolved;
import plainweave.observe.Shed;
import plainweave.time.Await;

class MicrometerObserverTest {
    private static final Endpoint HERE = Endpoint.of("here", 7);
    private static final Priority OWN = Priority.of("own", Duration.ofSeconds(3));
    private static final Map<Priority, Integer> WAITING =
            Map.of(Priority.URGENT, 1, Priority.NORMAL, 2, Priority.BACKGROUND, 3, OWN, 4);
    private static final ClientStats STATS =
            new ClientStats(1, 20, 3, 10, WAITING, 11, 6, 7, 14, 8, 9, 10, 11, 12, 15, 16, 13);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerObserver observer = new MicrometerObserver(registry);

    private static ExchangeReport report(Endpoint endpoint, @Nullable CallException failure) {
        Progress progress = new Progress(0);
        progress.enter(Phase.WRITE, 2_000);
        progress.finish(5_000);
        return new ExchangeReport(endpoint, Priority.URGENT, progress, failure);
    }

    private static CallException tooSlow() {
        return new DeadlineExceededException("too slow", "", HERE, new Progress(0), null);
    }

    private static void reportEverything(MicrometerObserver observer) {
        observer.started(() -> STATS);
        observer.exchanged(report(HERE, null));
        observer.opened(new ConnectionOpened(HERE, "127.0.0.1:7", Duration.ofMillis(3)));
        observer.secured(new Handshake(HERE, "127.0.0.1:7", false, Duration.ofMillis(1)));
        observer.closed(new ConnectionClosed(HERE, ConnectionClosed.Reason.IDLE, Duration.ofSeconds(60)));
        observer.resolved(new Resolved("here", List.of(InetAddress.getLoopbackAddress()), Duration.ofMillis(2), null));
        observer.shed(new Shed(HERE, Priority.BACKGROUND, "full"));
        observer.leaked(new Leaked(HERE, Duration.ofMinutes(2), new Throwable("taken"), new Throwable("held")));
    }

    private Collection<Meter> meters(Meters meter) {
        return registry.find(meter.meterName()).meters();
    }

    @ParameterizedTest
    @EnumSource(Meters.class)
    void someReportRegistersEachMeterWithItsTagsAndItsHelp(Meters meter) {
        reportEverything(observer);

        assertThat(meters(meter)).isNotEmpty().allSatisfy(registered -> {
            assertThat(registered.getId().getDescription()).isEqualTo(meter.help());
            assertThat(registered.getId().getTags())
                    .extracting(Tag::getKey)
                    .containsExactlyInAnyOrderElementsOf(meter.tags());
        });
    }

    @Test
    void nothingIsRegisteredThatIsNotListed() {
        reportEverything(observer);
        Set<String> listed = new TreeSet<>();
        for (Meters meter : Meters.values()) {
            listed.add(meter.meterName());
        }

        assertThat(registry.getMeters())
                .as("one each, and three more of the queue, which has four")
                .hasSize(listed.size() + 3)
                .extracting(meter -> meter.getId().getName())
                .hasSameElementsAs(listed);
    }

    @Test
    void namesAreDistinctAndHelpIsALine() {
        assertThat(Meters.values()).extracting(Meters::meterName).doesNotHaveDuplicates();
        assertThat(Meters.values()).allSatisfy(meter -> {
            assertThat(meter.meterName()).matches("plainweave(\\.[a-z]+)+");
            assertThat(meter.help()).isNotBlank().doesNotContain("\n").doesNotEndWith(".");
        });
    }

    @Test
    void anExchangeIsTimedAsAWholeAndInTheQueue() {
        observer.exchanged(report(HERE, null));
        observer.exchanged(report(HERE, null));
        observer.exchanged(report(HERE, tooSlow()));

        Timer done = registry.get(Meters.EXCHANGE.meterName())
                .tags("endpoint", "here:7", "priority", "URGENT", "outcome", "done")
                .timer();
        assertThat(done.count()).isEqualTo(2);
        assertThat(done.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(10_000);
        assertThat(registry.get(Meters.EXCHANGE.meterName())
                        .tags("outcome", "DeadlineExceeded")
                        .timer()
                        .count())
                .isEqualTo(1);
        Timer queue = registry.get(Meters.QUEUE_WAIT.meterName())
                .tags("endpoint", "here:7", "priority", "URGENT")
                .timer();
        assertThat(queue.count()).isEqualTo(3);
        assertThat(queue.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(6_000);
    }

    @ParameterizedTest
    @EnumSource(ConnectionClosed.Reason.class)
    void aClosedConnectionIsCountedByReason(ConnectionClosed.Reason reason) {
        observer.closed(new ConnectionClosed(HERE, reason, Duration.ofSeconds(1)));

        Counter counter = registry.get(Meters.CLOSED.meterName())
                .tags("endpoint", "here:7", "reason", reason.name().toLowerCase(Locale.ROOT))
                .counter();
        assertThat(counter.count()).isEqualTo(1);
    }

    @Test
    void lookupsAreTimedByOutcome() {
        observer.resolved(new Resolved("a", List.of(InetAddress.getLoopbackAddress()), Duration.ofMillis(2), null));
        observer.resolved(new Resolved("b", List.of(), Duration.ofMillis(5), new UnknownHostException("b")));

        assertThat(registry.get(Meters.DNS_LOOKUP.meterName())
                        .tag("outcome", "done")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get(Meters.DNS_LOOKUP.meterName())
                        .tag("outcome", "failed")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(5);
    }

    @Test
    void shedAndLeakedAreCounted() {
        reportEverything(observer);
        reportEverything(observer);

        assertThat(registry.get(Meters.SHED.meterName())
                        .tags("endpoint", "here:7", "priority", "BACKGROUND")
                        .counter()
                        .count())
                .isEqualTo(2);
        assertThat(registry.get(Meters.LEAKED.meterName()).counter().count()).isEqualTo(2);
        assertThat(registry.get(Meters.OPENED.meterName()).timer().totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(6);
    }

    private double gauge(Meters meter) {
        Meter found = registry.get(meter.meterName()).meter();
        return found instanceof FunctionCounter counter ? counter.count() : ((Gauge) found).value();
    }

    private double waiting(String priority) {
        return registry.get(Meters.QUEUE_WAITING.meterName())
                .tag("priority", priority)
                .gauge()
                .value();
    }

    @Test
    void gaugesShowOneClient() {
        observer.started(() -> STATS);

        assertThat(gauge(Meters.PERMITS_OUT)).isEqualTo(1);
        assertThat(gauge(Meters.PERMITS_TOTAL)).isEqualTo(20);
        assertThat(gauge(Meters.PERMITS_OUT_MAX)).isEqualTo(3);
        assertThat(waiting("URGENT")).isEqualTo(1);
        assertThat(waiting("NORMAL")).isEqualTo(2);
        assertThat(waiting("BACKGROUND")).isEqualTo(3);
        assertThat(waiting("other")).as("at a priority of one's own").isEqualTo(4);
        assertThat(gauge(Meters.QUEUE_WAITING_MAX)).isEqualTo(11);
        assertThat(gauge(Meters.CONNECTIONS_IN_USE)).isEqualTo(6);
        assertThat(gauge(Meters.CONNECTIONS_IDLE)).isEqualTo(7);
        assertThat(gauge(Meters.DNS_HITS)).isEqualTo(10);
        assertThat(gauge(Meters.SOCKETS)).isEqualTo(14);
        assertThat(gauge(Meters.SOCKETS_READ)).isEqualTo(15);
        assertThat(gauge(Meters.SOCKETS_WRITTEN)).isEqualTo(16);
        assertThat(gauge(Meters.MEMORY_BOUND)).isEqualTo(13);
    }

    @Test
    void gaugesShowTheSumOfSeveralClients() {
        observer.started(() -> STATS);
        Map<Priority, Integer> waiting =
                Map.of(OWN, 100, Priority.of("another", Duration.ZERO), 200, Priority.NORMAL, 100);
        observer.started(() -> new ClientStats(
                100, 200, 300, 400, waiting, 500, 600, 700, 1_400, 0, 0, 1_000, 0, 0, 1_500, 1_600, 1_300));

        assertThat(gauge(Meters.PERMITS_OUT)).isEqualTo(101);
        assertThat(gauge(Meters.PERMITS_TOTAL)).isEqualTo(220);
        assertThat(waiting("URGENT")).isEqualTo(1);
        assertThat(waiting("NORMAL")).isEqualTo(102);
        assertThat(waiting("other")).isEqualTo(304);
        assertThat(gauge(Meters.CONNECTIONS_IN_USE)).isEqualTo(606);
        assertThat(gauge(Meters.CONNECTIONS_IDLE)).isEqualTo(707);
        assertThat(gauge(Meters.DNS_HITS)).isEqualTo(1_010);
        assertThat(gauge(Meters.SOCKETS)).isEqualTo(1_414);
        assertThat(gauge(Meters.SOCKETS_READ)).isEqualTo(1_515);
        assertThat(gauge(Meters.SOCKETS_WRITTEN)).isEqualTo(1_616);
        assertThat(gauge(Meters.MEMORY_BOUND)).isEqualTo(1_313);
    }

    /** Micrometer holds what a gauge looks at weakly unless told otherwise, and then shows NaN. */
    @Test
    void aGaugeThatNobodyElseHoldsStillShowsItsValueAfterAGarbageCollection() {
        SimpleMeterRegistry other = new SimpleMeterRegistry();
        WeakReference<Object> canary = startedAndForgotten(other);
        Await.until("garbage is collected", () -> {
            System.gc();
            return canary.refersTo(null);
        });

        for (Meters meter : Meters.values()) {
            for (Meter found : other.find(meter.meterName()).meters()) {
                double value = found instanceof FunctionCounter counter ? counter.count() : ((Gauge) found).value();
                assertThat(value).as(meter.meterName()).isPositive();
            }
        }
        assertThat(other.getMeters()).hasSize(15);
    }

    private static WeakReference<Object> startedAndForgotten(SimpleMeterRegistry registry) {
        Object canary = new Object();
        new MicrometerObserver(registry).started(() -> STATS);
        return new WeakReference<>(canary);
    }

    // Bounds

    private Set<String> endpointTags() {
        return registry.getMeters().stream()
                .map(meter -> meter.getId().getTag("endpoint"))
                .filter(tag -> tag != null)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void theFirstHundredEndpointsHaveATagOfTheirOwnAndAllOthersShareOne() {
        for (int port = 1; port <= 250; port++) {
            observer.exchanged(report(Endpoint.of("host", port), null));
            observer.opened(new ConnectionOpened(Endpoint.of("host", port), "10.0.0.1:1", Duration.ZERO));
        }

        assertThat(endpointTags())
                .hasSize(101)
                .contains("host:1", "host:100", "other")
                .doesNotContain("host:101");
        assertThat(registry.get(Meters.EXCHANGE.meterName())
                        .tag("endpoint", "other")
                        .timer()
                        .count())
                .isEqualTo(150);
        observer.exchanged(report(Endpoint.of("host", 100), null));
        assertThat(registry.get(Meters.EXCHANGE.meterName())
                        .tag("endpoint", "host:100")
                        .timer()
                        .count())
                .as("who has a tag keeps it")
                .isEqualTo(2);
    }

    @Test
    void tenThousandEndpointsThatCameAndWentLeaveNoMoreMetersThanAFewHundred() {
        for (int port = 1; port <= 200; port++) {
            comesAndGoes(Endpoint.of("host", port));
        }
        int before = registry.getMeters().size();
        for (int port = 201; port <= 10_000; port++) {
            comesAndGoes(Endpoint.of("host", port));
        }

        assertThat(registry.getMeters()).hasSize(before);
    }

    private void comesAndGoes(Endpoint endpoint) {
        observer.opened(new ConnectionOpened(endpoint, "10.0.0.1:1", Duration.ZERO));
        observer.exchanged(report(endpoint, null));
        observer.closed(new ConnectionClosed(endpoint, ConnectionClosed.Reason.IDLE, Duration.ofSeconds(1)));
    }

    @Test
    void theBoundHoldsForManyThreadsAtOnce() throws Exception {
        for (int round = 0; round < 20; round++) {
            SimpleMeterRegistry other = new SimpleMeterRegistry();
            MicrometerObserver crowded = new MicrometerObserver(other);
            for (int port = 1; port <= 95; port++) {
                crowded.shed(new Shed(Endpoint.of("host", port), Priority.NORMAL, "full"));
            }
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                Endpoint endpoint = Endpoint.of("host", 1_000 + i);
                threads.add(Thread.ofPlatform().daemon().start(() -> {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    crowded.shed(new Shed(endpoint, Priority.NORMAL, "full"));
                }));
            }
            go.countDown();
            for (Thread thread : threads) {
                Await.ended(thread);
            }
            assertThat(other.find(Meters.SHED.meterName()).meters())
                    .as("meters, one for each tag")
                    .hasSize(101);
            assertThat(other.get(Meters.SHED.meterName())
                            .tag("endpoint", "other")
                            .counter()
                            .count())
                    .isEqualTo(32 - 5);
        }
    }

    @Test
    void theSameMeterServesEveryReportOfTheSameKind() {
        reportEverything(observer);
        int meters = registry.getMeters().size();
        for (int i = 0; i < 1_000; i++) {
            observer.exchanged(report(HERE, null));
        }

        assertThat(registry.getMeters()).hasSize(meters);
    }

    // Close

    @Test
    void closeRemovesItsMetersAndNoOthers() {
        Counter foreign = registry.counter("somebody.else");
        reportEverything(observer);
        observer.exchanged(report(HERE, tooSlow()));
        assertThat(registry.getMeters().size()).isGreaterThan(Meters.values().length);
        observer.close();
        observer.close();

        assertThat(registry.getMeters()).containsExactly(foreign);
    }

    @Test
    void aReportThatComesAfterCloseHarmsNobody() {
        reportEverything(observer);
        observer.close();
        IOException reset = new IOException("reset");
        observer.exchanged(report(HERE, new ConnectionLostException("gone", "", HERE, new Progress(0), reset)));

        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .isSubsetOf(List.of(Meters.EXCHANGE.meterName(), Meters.QUEUE_WAIT.meterName()));
    }
}
