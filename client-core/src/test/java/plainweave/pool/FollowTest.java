package plainweave.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import plainweave.call.Deadline;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;
import plainweave.call.Route;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.codec.Opening;
import plainweave.dns.Answer;
import plainweave.dns.DnsCache;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.Observer;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.time.Await;
import plainweave.time.Watchdog;

/** Which connections are left when a name moves, by a clock of its own: an answer comes when the test says so. */
class FollowTest {
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration FOR_EVER = Duration.ofDays(1_000);
    private static final String HOST = "moves.test";

    private final Watchdog watchdog = new Watchdog("follow-test-watchdog");
    private final AtomicLong now = new AtomicLong(System.nanoTime());
    private final AtomicInteger followed = new AtomicInteger();
    private final ConcurrentLinkedQueue<ConnectionClosed> closed = new ConcurrentLinkedQueue<>();
    private final PrioritySemaphore semaphore =
            new PrioritySemaphore(new PrioritySemaphore.Settings(64, 64, 64, 64), watchdog);
    private final DnsCache dns =
            new DnsCache(new DnsCache.Settings(TTL, Duration.ZERO), this::resolve, watchdog, now::get, this::follow);
    private final ConnectionPool pool = new ConnectionPool(
            new ConnectionPool.Settings(Duration.ofSeconds(10), FOR_EVER, FOR_EVER, 64, 1 << 20),
            PlainDialer.of(dns, watchdog, now::get, () -> 0),
            watchdog,
            new Observer() {
                @Override
                public void closed(ConnectionClosed event) {
                    closed.add(event);
                }
            },
            now::get,
            () -> 0);
    private final Neighbours servers = Neighbours.start(8);
    private final Endpoint endpoint = Endpoint.of(HOST, servers.port());
    private volatile Dns answers = Neighbours.answering(1);
    private Codec<String, String> codec = Codecs.lines();

    private void follow(Answer answer) {
        try {
            pool.follow(answer);
        } finally {
            followed.incrementAndGet();
        }
    }

    private List<InetAddress> resolve(String host) throws IOException {
        return answers.resolve(host);
    }

    @AfterEach
    void nothingIsLeft() {
        pool.close();
        assertThat(pool.counts().open()).isZero();
        assertThat(semaphore.counts().out()).isZero();
        dns.close();
        semaphore.close();
        servers.close();
        Await.until("no timer but the semaphore's is left", () -> watchdog.timers() <= 1);
        watchdog.close();
    }

    /** Somebody who has a connection. */
    private final class Holder implements AutoCloseable {
        private final Permit permit;
        private Held held;

        Holder(Endpoint at) throws Exception {
            permit = semaphore.acquire(new Route(at, codec.session()), Priority.NORMAL, false, later());
            held = take(at);
        }

        private Held take(Endpoint at) throws Exception {
            try {
                return pool.take(
                        permit, new Route(at, codec.session()), codec, later(), new Progress(System.nanoTime()));
            } catch (Throwable t) {
                permit.close();
                throw t;
            }
        }

        /** Which of the neighbours it leads to. */
        int leadsTo() {
            InetSocketAddress peer =
                    (InetSocketAddress) held.connection().transport().peer();
            return peer.getAddress().getAddress()[3];
        }

        void exchange() throws IOException {
            Progress progress = new Progress(System.nanoTime());
            assertThat(held.connection().exchange(codec, "x", held.reused(), later(), progress))
                    .isEqualTo("x");
        }

        /** Puts it down in the permit's slot; whoever gets the permit next takes it from there. */
        void putDown() {
            held.keep();
            held.close();
        }

        void takeAgain() throws Exception {
            held = take(endpoint);
        }

        @Override
        public void close() {
            putDown();
            permit.close();
        }
    }

    private static Deadline later() {
        return Deadline.after(Await.PATIENCE);
    }

    private List<Holder> holders(int count) throws Exception {
        List<Holder> holders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            holders.add(new Holder(endpoint));
        }
        return holders;
    }

    private void idle(int count) throws Exception {
        holders(count).forEach(Holder::close);
        assertThat(pool.counts().idle()).isGreaterThanOrEqualTo(count);
    }

    /** How many of so many connections at once lead to each neighbour; [0] is how many there are. */
    private int[] spread(int count) throws Exception {
        int[] spread = new int[9];
        List<Holder> holders = holders(count);
        for (Holder holder : holders) {
            holder.exchange();
            spread[holder.leadsTo()]++;
            spread[0]++;
        }
        holders.forEach(Holder::close);
        return spread;
    }

    private static int[] of(int... spread) {
        int[] all = new int[9];
        System.arraycopy(spread, 0, all, 1, spread.length);
        all[0] = Arrays.stream(spread).sum();
        return all;
    }

    /** The next answer comes, and has these. */
    private void answered(Integer... neighbours) throws Exception {
        looked(Neighbours.answering(neighbours));
    }

    private void looked(Dns next) throws Exception {
        int before = followed.get();
        answers = next;
        now.addAndGet(TTL.toNanos());
        Await.until("it is looked up", () -> {
            dns.keepFresh(HOST); // again if the cache has not yet dated the answer before
            return followed.get() > before;
        });
        try {
            dns.resolve(HOST, later()); // until it is known
        } catch (IOException e) {
            // as was to be
        }
    }

    private List<Reason> reasons() {
        return closed.stream().map(ConnectionClosed::reason).toList();
    }

    // Gone

    @Test
    void anAddressGoneFromTwoAnswersInARowLosesItsIdleConnections() throws Exception {
        answers = Neighbours.answering(1, 2);
        assertThat(spread(6)).isEqualTo(of(3, 3));

        answered(2);
        assertThat(pool.counts().idle()).as("one answer is none").isEqualTo(6);
        answered(2);
        assertThat(pool.counts().idle()).isEqualTo(3);
        assertThat(reasons()).containsExactly(Reason.MOVED, Reason.MOVED, Reason.MOVED);
        assertThat(spread(6)).isEqualTo(of(0, 6));
        servers.server(1).awaitOpen(0, Await.PATIENCE);
    }

    @Test
    void oneThatIsBusyFinishesItsExchangeAndIsNotUsedAgain() throws Exception {
        Holder busy = new Holder(endpoint);
        answered(2);
        answered(2);
        assertThat(closed).isEmpty();
        busy.exchange();
        busy.close();

        assertThat(reasons()).containsExactly(Reason.MOVED);
        assertThat(spread(1)).isEqualTo(of(0, 1));
    }

    @Test
    void oneThatMovedInThePermitsSlotIsNotUsedAgain() throws Exception {
        try (Holder holder = new Holder(endpoint)) {
            holder.putDown();
            answered(2);
            answered(2);
            holder.takeAgain();
            assertThat(holder.leadsTo()).isEqualTo(2);
            assertThat(reasons()).containsExactly(Reason.MOVED);
        }
    }

    @Test
    void oneThatMovedOnItsWayIntoTheStoreIsClosedThere() throws Exception {
        Holder holder = new Holder(endpoint);
        holder.putDown();
        answered(2);
        answered(2);
        holder.permit.close();

        assertThat(pool.counts().open()).isZero();
        assertThat(reasons()).containsExactly(Reason.MOVED);
    }

    @Test
    void oneThatWasOpenedWhileItsAddressWentIsNotUsedAgain() throws Exception {
        codec = new LinesCodec() {
            private boolean moved;

            @Override
            public Codec<String, String> open(Opening on) {
                if (!moved) {
                    moved = true;
                    try {
                        answered(2);
                        answered(2);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }
                return this;
            }
        };
        assertThat(spread(1)).isEqualTo(of(1));
        assertThat(reasons()).containsExactly(Reason.MOVED);
        assertThat(spread(1)).isEqualTo(of(0, 1));
    }

    @Test
    void anAddressThatCameBackIsUsedAgain() throws Exception {
        idle(2);
        answered(2);
        answered(2);
        assertThat(spread(2)).isEqualTo(of(0, 2));
        answered(1);
        for (int i = 0; i < 15; i++) {
            assertThat(pool.counts().idle())
                    .as("answers without the other: %d", i + 1)
                    .isEqualTo(2);
            answered(1);
        }
        assertThat(pool.counts().idle()).as("sixteen").isZero();
        assertThat(spread(2)).isEqualTo(of(2));
    }

    @Test
    void allEndpointsOfTheNameFollowAndNoOther() throws Exception {
        Neighbours others = Neighbours.start(1);
        Endpoint otherPort = Endpoint.of(HOST, others.port());
        Endpoint otherName = Endpoint.of("stays.test", servers.port());
        Endpoint literal = Endpoint.of("127.0.0.1", servers.port());
        for (Endpoint at : List.of(endpoint, otherPort, otherName, literal)) {
            new Holder(at).close();
        }
        answered(2);
        answered(2);

        assertThat(closed).extracting(ConnectionClosed::endpoint).containsExactlyInAnyOrder(endpoint, otherPort);
        assertThat(pool.counts(otherName).idle()).isEqualTo(1);
        assertThat(pool.counts(literal).idle()).isEqualTo(1);
        others.close();
    }

    // Lookups that fail

    @Test
    void aLookupThatFailsMovesNothingAndDoesNotStopTheName() throws Exception {
        idle(3);
        for (int i = 0; i < 5; i++) {
            looked(host -> {
                throw new IOException("timed out");
            });
            assertThat(spread(4)[0]).as("from the last answer").isEqualTo(4);
        }
        assertThat(closed).isEmpty();
        answered(2);
        answered(2);
        assertThat(spread(4)).as("it is back, and elsewhere").isEqualTo(of(0, 4));
    }

    @Test
    void theNameIsFollowedAfterALongOutageToo() throws Exception {
        idle(3);
        now.addAndGet(Duration.ofHours(1).toNanos());
        looked(host -> {
            throw new IOException("timed out");
        });
        answered(2);
        answered(2);
        assertThat(pool.counts().idle()).isZero();
        assertThat(spread(3)).isEqualTo(of(0, 3));
    }

    // New addresses

    @Test
    void aNewAddressGetsItsShareAtOnce() throws Exception {
        idle(8);
        answered(1, 2);
        assertThat(pool.counts().idle()).isEqualTo(4);
        assertThat(reasons()).containsOnly(Reason.MOVED);
        assertThat(spread(8)).isEqualTo(of(4, 4));

        answered(1, 2, 3, 4);
        assertThat(spread(8)).isEqualTo(of(2, 2, 2, 2));
        answered(4, 3, 2, 1);
        assertThat(spread(8)).as("nothing is new").isEqualTo(of(2, 2, 2, 2));
    }

    @Test
    void aNewAddressTakesIdleConnectionsFromOthersBeforeBusyOnes() throws Exception {
        List<Holder> busy = holders(4);
        idle(4);
        answered(1, 2);
        assertThat(pool.counts().idle()).isZero();
        busy.forEach(Holder::close);
        assertThat(pool.counts().idle()).as("those in use are kept").isEqualTo(4);
        assertThat(spread(8)).isEqualTo(of(4, 4));
    }

    @Test
    void aBusyConnectionGivesWayToANewAddressAfterItsExchange() throws Exception {
        List<Holder> busy = holders(8);
        answered(1, 2);
        for (Holder holder : busy) {
            holder.exchange();
        }
        assertThat(closed).isEmpty();
        busy.forEach(Holder::close);
        assertThat(closed).hasSize(4);
        assertThat(spread(8)).isEqualTo(of(4, 4));
    }

    // Resolvers that rotate

    /** Resolved before every hundred exchanges, each time to the next of eight addresses. */
    @Test
    void oneOfEightInTurnDoesNotChurnThePool() throws Exception {
        int exchanges = 0;
        long opened = 0;
        for (int round = 0; round < 100; round++) {
            answered(1 + round % 8);
            int together = Math.min(2 * (round + 1), 20);
            while (exchanges < 100 * (round + 1)) {
                exchanges += spread(Math.min(together, 100 * (round + 1) - exchanges))[0];
            }
            if (round == 9) {
                opened = pool.counts().opened();
            }
        }
        assertThat(exchanges).isEqualTo(10_000);
        for (int i = 1; i <= 8; i++) {
            assertThat(servers.server(i).connections()).as("to neighbour %d", i).isBetween(1, 16);
        }
        assertThat(pool.counts().opened()).as("once it is known to rotate").isEqualTo(opened);
    }

    @Test
    void twoOfEightInTurnDoNotChurnThePool() throws Exception {
        for (int round = 0; round < 100; round++) {
            answered(1 + round % 4 * 2, 2 + round % 4 * 2);
            spread(Math.min(2 * (round + 1), 20));
        }
        for (int i = 1; i <= 8; i++) {
            assertThat(servers.server(i).connections()).as("to neighbour %d", i).isBetween(1, 16);
        }
    }
}
