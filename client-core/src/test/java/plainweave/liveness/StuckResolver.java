package plainweave.liveness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Lease;
import plainweave.Remote;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.codec.Codecs;
import plainweave.testing.EchoServer;
import plainweave.time.Runs;

/**
 * The main class of a JVM in which the resolver holds every thread that asks it in native code, as {@code getaddrinfo} does while no
 * server answers. It does not end well if a caller of one of many such names was told too late, if a name that is known was not served
 * meanwhile, or if other virtual threads were held up.
 */
final class StuckResolver {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration STUCK_FOR = Duration.ofSeconds(4);
    private static final Duration FIRST_DEADLINE = Duration.ofSeconds(2);
    private static final Duration SPREAD = Duration.ofSeconds(1);
    private static final long LATE_BY_AT_MOST_NANOS = 50_000_000;
    private static final int CALLERS_OF_KNOWN_NAMES = 4;

    /** Few enough that a start is no burst: it is the waiting that is looked at. */
    private static final int STARTED_AT_ONCE = 50;

    private StuckResolver() {}

    /**
     * One run.
     *
     * @param names that were asked for
     * @param gaps of the heartbeat meanwhile
     * @param lateNanos how late the latest caller was told that its deadline had passed
     * @param controlNanos how late the latest of as many was told who waited for a future until then
     * @param served leases to a known name, each on a connection of its own
     */
    private record Stuck(int names, Heartbeat.Gaps gaps, long lateNanos, long controlNanos, int served) {
        boolean within() {
            return !gaps.held()
                    && lateNanos - controlNanos <= LATE_BY_AT_MOST_NANOS
                    && served >= CALLERS_OF_KNOWN_NAMES;
        }

        @Override
        public String toString() {
            return names + " names: " + gaps + "; latest deadline " + lateNanos / 1_000_000 + " ms late, control's "
                    + controlNanos / 1_000_000 + " ms; " + served + " leases to a known name";
        }
    }

    /** The first run is for loading classes. */
    public static void main(String[] args) {
        Forked.main(() -> {
            int names = Integer.parseInt(args[0]);
            stuck(names / 10);
            Stuck stuck = Runs.decide(() -> stuck(names), Stuck::within);
            Forked.figure(stuck);
            return stuck.within();
        });
    }

    private static List<InetAddress> resolve(String host) throws IOException {
        if (!host.startsWith("known")) {
            Canary.blockInNativeCode(STUCK_FOR);
            throw new IOException("no server answered");
        }
        return List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    }

    private static Stuck stuck(int names) throws Exception {
        Dns dns = StuckResolver::resolve;
        ClientOptions options = ClientOptions.builder()
                .permitsTotal(names + 64)
                .maxFrame(1 << 16)
                .dns(dns)
                .build();
        try (EchoServer server = EchoServer.start(Thread.ofPlatform());
                Client client = Client.create(options)) {
            Endpoint known = Endpoint.of("known.test", server.port());
            echoed(client, known);
            try (Heartbeat heart = new Heartbeat()) {
                Crew crew = new Crew(LIMIT);
                AtomicBoolean over = new AtomicBoolean();
                AtomicInteger served = new AtomicInteger();
                crew.start(CALLERS_OF_KNOWN_NAMES, i -> () -> {
                    while (!over.get()) {
                        echoed(client, known);
                        served.incrementAndGet();
                        Thread.sleep(5);
                    }
                    return null;
                });
                long first = System.nanoTime() + FIRST_DEADLINE.toNanos();
                Remote<String, String> remote = client.remote(known, Codecs.lines());
                CompletableFuture<Void> never = new CompletableFuture<>();
                // Both at the same time, for a busy machine to hold up one as it does the other.
                List<Crew.Member<Long>> controls = crew.start(names, i -> () -> late(never, deadline(first, i, names)));
                List<Crew.Member<Long>> callers = new ArrayList<>();
                while (callers.size() < names) {
                    int before = callers.size();
                    callers.addAll(crew.start(Math.min(STARTED_AT_ONCE, names - before), i -> {
                        Endpoint stuck = Endpoint.of("stuck" + (before + i) + ".test", 7);
                        return () -> late(remote.at(stuck), deadline(first, before + i, names));
                    }));
                    Wait.until("they wait", () -> client.stats().permitsOut() >= callers.size());
                }
                long latest = latest(crew, callers);
                long controlLatest = latest(crew, controls);
                over.set(true);
                crew.await();
                Heartbeat.Gaps gaps = heart.gaps();
                Rest.check(client);
                return new Stuck(names, gaps, latest, controlLatest, served.get());
            }
        } finally {
            Rest.noThreadsBut(Set.of());
        }
    }

    /** By a connection that nobody had before. */
    private static void echoed(Client client, Endpoint at) {
        try (Lease lease = client.lease(at)) {
            lease.output().write('x');
            if (lease.input().read() != 'x') {
                throw new AssertionError("another reply");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long deadline(long first, int caller, int callers) {
        return first + caller * (SPREAD.toNanos() / callers);
    }

    private static long latest(Crew crew, List<Crew.Member<Long>> callers) throws Exception {
        long latest = 0;
        for (Crew.Member<Long> caller : callers) {
            latest = Math.max(latest, crew.await(caller));
        }
        return latest;
    }

    private static long late(CompletableFuture<Void> never, long deadline) throws Exception {
        try {
            never.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return System.nanoTime() - deadline;
        }
        throw new AssertionError("it never comes");
    }

    private static long late(Remote<String, String> remote, long deadline) {
        try {
            remote.until(Deadline.at(deadline)).call("x");
        } catch (DeadlineExceededException e) {
            long late = System.nanoTime() - deadline;
            if (!e.phase().equals(Phase.DNS) || late < 0) {
                throw new AssertionError("in another phase, or too early by " + -late + " ns", e);
            }
            return late;
        }
        throw new AssertionError("a reply came");
    }
}
