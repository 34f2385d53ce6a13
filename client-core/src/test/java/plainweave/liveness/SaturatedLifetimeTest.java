package plainweave.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.Observer;
import plainweave.testing.EchoServer;
import plainweave.time.Runs;

/**
 * A pool that is never idle retires its connections all the same: none gets older than one and a quarter lifetimes. It is saturated
 * for {@code saturated.seconds}, 2 unless said otherwise, with a lifetime of a fifth of that; the full count is 10.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SaturatedLifetimeTest {
    private static final Duration SATURATED = Duration.ofSeconds(Integer.getInteger("saturated.seconds", 2));
    private static final Duration LIFETIME = SATURATED.dividedBy(5);
    private static final Duration BOUND = LIFETIME.multipliedBy(5).dividedBy(4);
    private static final int PERMITS = 8;
    private static final int CALLERS = 64;
    private static final Duration LOOKS_EVERY = Duration.ofMillis(5);
    private static final Pattern OPEN_FOR = Pattern.compile("open for ([0-9.]+) (ns|µs|ms|s),");
    private static final Map<String, Double> NANOS_IN = Map.of("ns", 1.0, "µs", 1e3, "ms", 1e6, "s", 1e9);

    /**
     * One run.
     *
     * @param oldest age of the connection that was oldest when closed
     * @param oldestOpen age of the oldest one seen open
     * @param retired connections closed for their age
     * @param calls how many
     * @param gaps how long this machine left threads waiting
     */
    private record Run(Duration oldest, Duration oldestOpen, long retired, long calls, Heartbeat.Gaps gaps) {
        boolean within() {
            Duration allowed = BOUND.plusNanos(gaps.controlNanos());
            return oldest.compareTo(allowed) <= 0 && oldestOpen.compareTo(allowed) <= 0;
        }
    }

    @Test
    void noConnectionIsOlderThanOneAndAQuarterLifetimes() throws Exception {
        Set<Thread> before = Rest.threads();
        Run run = Runs.decide(SaturatedLifetimeTest::saturated, Run::within);
        Rest.noThreadsBut(before);
        System.out.println(run);
        assertThat(run.within()).as("%s, the bound is %s", run, BOUND).isTrue();
        assertThat(run.oldestOpen()).as("open ones were seen").isGreaterThan(LIFETIME.dividedBy(2));
        assertThat(run.retired()).as("retired under load: %s", run).isGreaterThanOrEqualTo(3L * PERMITS);
        assertThat(run.calls()).as("every caller calls again and again").isGreaterThan(10L * CALLERS);
    }

    private static Run saturated() throws Exception {
        Collection<ConnectionClosed> closed = new ConcurrentLinkedQueue<>();
        Observer ages = new Observer() {
            @Override
            public void closed(ConnectionClosed event) {
                closed.add(event);
            }
        };
        try (EchoServer server = EchoServer.start(Thread.ofPlatform());
                Client client = Client.create(ClientOptions.builder()
                        .permitsPerEndpoint(PERMITS)
                        .maxLifetime(LIFETIME)
                        .observer(ages)
                        .build());
                Heartbeat heart = new Heartbeat()) {
            Remote<String, String> echo = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            Crew crew = new Crew(SATURATED.plusSeconds(30));
            long end = System.nanoTime() + SATURATED.toNanos();
            Crew.Member<Duration> oldestOpen = crew.start(() -> oldestOpen(client, end));
            List<Crew.Member<Long>> callers = crew.start(CALLERS, i -> () -> calls(echo, "caller " + i, end));
            long calls = 0;
            for (Crew.Member<Long> caller : callers) {
                calls += crew.await(caller);
            }
            Heartbeat.Gaps gaps = heart.gaps();
            assertThat(client.stats().maxPermitsOut()).as("saturated").isEqualTo(PERMITS);
            Rest.check(client);
            Duration oldest = closed.stream()
                    .map(ConnectionClosed::age)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            long retired = closed.stream()
                    .filter(event -> event.reason() == ConnectionClosed.Reason.LIFETIME)
                    .count();
            return new Run(oldest, crew.await(oldestOpen), retired, calls, gaps);
        }
    }

    /** As long as it is saturated, of all looks at it. */
    private static Duration oldestOpen(Client client, long end) {
        Duration oldest = Duration.ZERO;
        while (end - System.nanoTime() > 0) {
            Matcher ages = OPEN_FOR.matcher(client.dump());
            while (ages.find()) {
                long nanos = (long) (Double.parseDouble(ages.group(1)) * NANOS_IN.get(ages.group(2)));
                oldest = nanos > oldest.toNanos() ? Duration.ofNanos(nanos) : oldest;
            }
            LockSupport.parkNanos(LOOKS_EVERY.toNanos());
        }
        return oldest;
    }

    private static Long calls(Remote<String, String> echo, String request, long end) {
        long calls = 0;
        for (; end - System.nanoTime() > 0; calls++) {
            if (!echo.call(request).equals(request)) {
                throw new AssertionError("somebody else's reply");
            }
        }
        return calls;
    }
}
