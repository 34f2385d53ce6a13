package plainweave.it;

import java.io.IOException;
import java.net.InetAddress;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Lease;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.Observer;
import plainweave.observe.Resolved;

/**
 * Runs inside a container, where names are the engine's: keeps connections to a name idle, calls it over kept and over new ones
 * without a pause, and tells what became of that when the name moved. A thread that only resolves is the control of when that was.
 * Says {@code following} once it follows, and ends with one line.
 */
public final class Follower implements Observer {
    private static final int IDLE = 8;
    private static final Duration TTL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CALLS_AFTER = 50;

    private final String host;
    private final InetAddress first;
    private final Queue<Event> opened = new ConcurrentLinkedQueue<>();
    private final Queue<ConnectionClosed.Reason> closed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answersWithoutTheOld = new AtomicInteger();
    private final AtomicInteger answersUntilGone = new AtomicInteger();
    private volatile long movedAt;

    private record Event(String address, long at) {}

    private Follower(String host) throws IOException {
        this.host = host;
        this.first = InetAddress.getByName(host);
    }

    /** Follows {@code host:port}. */
    public static void main(String[] args) throws Exception {
        Security.setProperty("networkaddress.cache.ttl", "0");
        Security.setProperty("networkaddress.cache.negative.ttl", "0"); // while it is moved nobody has the name
        Endpoint endpoint = Endpoint.parse(args[0]);
        new Follower(endpoint.host()).follow(endpoint);
    }

    @Override
    public void opened(ConnectionOpened event) {
        opened.add(new Event(event.address(), System.nanoTime()));
    }

    @Override
    public void closed(ConnectionClosed event) {
        if (event.reason() == ConnectionClosed.Reason.MOVED && closed.isEmpty()) {
            answersUntilGone.set(answersWithoutTheOld.get());
        }
        if (event.reason() != ConnectionClosed.Reason.NOT_KEPT) {
            closed.add(event.reason());
        }
    }

    @Override
    public void resolved(Resolved event) {
        if (!event.addresses().isEmpty() && !event.addresses().contains(first)) {
            answersWithoutTheOld.incrementAndGet();
        }
    }

    private void follow(Endpoint endpoint) throws Exception {
        Thread.ofPlatform().daemon().start(this::watch);
        int calls = 0;
        int failed = 0;
        int callsAfter = 0;
        try (Client client = Client.create(ClientOptions.builder()
                .permitsPerEndpoint(2 * IDLE)
                .dnsTtl(TTL)
                .dnsNegativeTtl(TTL)
                .observer(this)
                .build())) {
            Remote<String, String> kept = client.remote(endpoint, Codecs.lines());
            Remote<String, String> fresh = client.remote(endpoint, new OneCallLines());
            keepIdle(kept);
            System.out.println("following");
            long end = System.nanoTime() + PATIENCE.toNanos();
            while ((callsAfter < CALLS_AFTER || idleOfBefore(client) > 0) && System.nanoTime() - end < 0) {
                for (Remote<String, String> remote : List.of(kept, fresh)) {
                    calls++;
                    try {
                        remote.call("hello");
                    } catch (RuntimeException e) {
                        failed++;
                        System.out.println("failed: " + e);
                    }
                }
                if (movedAt != 0) {
                    callsAfter++;
                }
                LockSupport.parkNanos(20_000_000);
            }
            System.out.println(line(calls, failed, idleOfBefore(client)));
        }
    }

    /** Sees the name move, as early as anybody here can. */
    private void watch() {
        while (movedAt == 0) {
            try {
                if (!InetAddress.getByName(host).equals(first)) {
                    movedAt = System.nanoTime();
                }
            } catch (IOException e) {
                // for a moment nobody has the name
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static void keepIdle(Remote<String, String> remote) throws IOException {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < IDLE; i++) {
            leases.add(remote.lease());
        }
        for (Lease lease : leases) {
            lease.output().write('x');
            lease.input().read();
            lease.keep();
            lease.close();
        }
    }

    private long idleOfBefore(Client client) {
        return client.dump()
                .lines()
                .filter(line -> line.contains(first.getHostAddress() + ":") && line.contains(" idle "))
                .count();
    }

    private String line(int calls, int failed, long idleOfBefore) {
        String before = first.getHostAddress() + ":";
        long firstAfter = opened.stream()
                .filter(event -> !event.address.startsWith(before))
                .mapToLong(Event::at)
                .min()
                .orElse(Long.MAX_VALUE);
        long lastBefore = opened.stream()
                .filter(event -> event.address.startsWith(before))
                .mapToLong(Event::at)
                .max()
                .orElse(Long.MIN_VALUE);
        return String.format(
                Locale.ROOT,
                "Follower calls=%d failed=%d new_after_ms=%d old_until_ms=%d moved=%d idle_of_before=%d answers_until_gone=%d",
                calls,
                failed,
                (firstAfter - movedAt) / 1_000_000,
                (lastBefore - movedAt) / 1_000_000,
                closed.stream()
                        .filter(reason -> reason == ConnectionClosed.Reason.MOVED)
                        .count(),
                idleOfBefore,
                answersUntilGone.get());
    }

    /** Lines, each over a connection of its own. */
    private static final class OneCallLines implements Codec<String, String> {
        @Override
        public void write(String request, ByteWriter out) throws IOException {
            Codecs.lines().write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return Codecs.lines().read(request, in);
        }

        @Override
        public boolean reusable(String request, String reply) {
            return false;
        }

        @Override
        public Object session() {
            return "one call";
        }
    }
}
