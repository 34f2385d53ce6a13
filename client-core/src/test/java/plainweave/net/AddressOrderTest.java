package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AddressOrderTest {
    private static final InetSocketAddress A4 = at("192.0.2.1");
    private static final InetSocketAddress B4 = at("192.0.2.2");
    private static final InetSocketAddress C4 = at("192.0.2.3");
    private static final InetSocketAddress A6 = at("2001:db8::1");
    private static final InetSocketAddress B6 = at("2001:db8::2");
    private static final InetSocketAddress C6 = at("2001:db8::3");

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5_000_000);
    private final Map<SocketAddress, Integer> connections = new ConcurrentHashMap<>();
    private final AddressOrder order = new AddressOrder(peer -> connections.getOrDefault(peer, 0), now::get);

    private static InetSocketAddress at(String literal) {
        try {
            return new InetSocketAddress(InetAddress.getByName(literal), 7);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private List<SocketAddress> of(SocketAddress... addresses) {
        return new ArrayList<>(order.of(List.of(addresses)));
    }

    private void later(Duration howMuch) {
        now.addAndGet(howMuch.toNanos());
    }

    @Test
    void theResolversOrderStaysWhereNothingElseIsKnown() {
        assertThat(of(B4, A4, C4)).containsExactly(B4, A4, C4);
        assertThat(of(A4)).containsExactly(A4);
        assertThat(of()).isEmpty();
    }

    @Test
    void familiesTakeTurnsBeginningWithTheResolversFirst() {
        assertThat(of(A6, B6, C6, A4, B4)).containsExactly(A6, A4, B6, B4, C6);
        assertThat(of(A4, A6, B6, C6)).containsExactly(A4, A6, B6, C6);
        assertThat(of(A6, A4, B4, C4)).containsExactly(A6, A4, B4, C4);
    }

    @Test
    void withinAFamilyTheOneWithTheFewestConnectionsComesFirst() {
        connections.putAll(Map.of(A4, 2, B4, 1, A6, 1));
        assertThat(of(A6, B6, A4, B4, C4)).containsExactly(B6, C4, A6, B4, A4);
    }

    @Test
    void whatFailedLatelyComesLastTheLongestAgoFirst() {
        for (InetSocketAddress failing : List.of(A4, A6, B4)) {
            order.failed(failing);
            later(Duration.ofSeconds(1));
        }
        assertThat(of(B4, A4, C4, A6, B6)).containsExactly(C4, B6, A4, A6, B4);
        order.failed(A4);
        assertThat(of(B4, A4, C4, A6, B6)).as("failed again").containsExactly(C4, B6, A6, B4, A4);
    }

    @Test
    void noneIsLeftOutWhereAllHaveFailed() {
        for (InetSocketAddress failing : List.of(B4, A6, A4)) {
            order.failed(failing);
            later(Duration.ofNanos(1));
        }
        assertThat(of(A4, B4, A6)).containsExactly(B4, A6, A4);
    }

    @Test
    void oneThatSucceededIsAsGoodAsTheOthersAgain() {
        order.failed(A4);
        assertThat(of(A4, B4)).containsExactly(B4, A4);
        order.succeeded(A4);
        assertThat(of(A4, B4)).containsExactly(A4, B4);
    }

    @Test
    void afterAMinuteAFailureIsForgotten() {
        order.failed(A4);
        later(Duration.ofSeconds(60));
        order.sweep();
        assertThat(of(A4, B4)).as("a minute is not over").containsExactly(B4, A4);
        later(Duration.ofNanos(1));
        assertThat(of(A4, B4)).as("it is, whether anybody sweeps or not").containsExactly(A4, B4);
        order.sweep();
        assertThat(of(A4, B4)).containsExactly(A4, B4);
    }

    @Test
    void whatHasNoFamilyIsLeftAsItIs() {
        SocketAddress unix = UnixDomainSocketAddress.of("/run/some.sock");
        order.failed(unix);
        assertThat(of(unix)).containsExactly(unix);
    }

    /** A sort whose figures change under it throws, or loses its order. */
    @Test
    void aLargeListIsOrderedWhileConnectionsAndFailuresChange() throws Exception {
        List<InetSocketAddress> many = IntStream.range(0, 500)
                .mapToObj(i -> at("10.0." + i / 250 + "." + (1 + i % 250)))
                .toList();
        Random random = new Random(7);
        AddressOrder restless = new AddressOrder(peer -> random.nextInt(1_000), System::nanoTime);
        Thread failing = Thread.ofPlatform().daemon().start(() -> {
            Random which = new Random(8);
            while (!Thread.currentThread().isInterrupted()) {
                InetSocketAddress one = many.get(which.nextInt(many.size()));
                restless.failed(one);
                restless.succeeded(many.get(which.nextInt(many.size())));
            }
        });
        try {
            for (int i = 0; i < 300; i++) {
                assertThat(restless.of(many)).hasSameSizeAs(many).doesNotHaveDuplicates();
            }
        } finally {
            failing.interrupt();
            failing.join();
        }
    }

    /** Each of many properties, on lists and histories at random. */
    @Test
    void whateverHappenedEveryAddressIsThereOnceAndTheGoodComeFirst() {
        Random random = new Random(20_261_123);
        List<InetSocketAddress> all = List.of(A4, B4, C4, A6, B6, C6);
        for (int round = 0; round < 2_000; round++) {
            Map<SocketAddress, Integer> counts = new HashMap<>();
            AddressOrder fresh = new AddressOrder(peer -> counts.getOrDefault(peer, 0), now::get);
            List<InetSocketAddress> given = new ArrayList<>(all);
            java.util.Collections.shuffle(given, random);
            given = given.subList(0, 2 + random.nextInt(5));
            List<InetSocketAddress> failed = new ArrayList<>();
            for (InetSocketAddress address : given) {
                counts.put(address, random.nextInt(3));
                if (random.nextInt(3) == 0) {
                    fresh.failed(address);
                    failed.add(address);
                    later(Duration.ofNanos(1));
                }
            }
            List<SocketAddress> ordered = new ArrayList<>(fresh.of(given));
            assertThat(ordered).containsExactlyInAnyOrderElementsOf(given);
            int good = given.size() - failed.size();
            assertThat(ordered.subList(good, given.size())).isEqualTo(failed);
            for (int i = 0; i < good; i++) {
                for (int j = i + 1; j < good; j++) {
                    InetSocketAddress one = (InetSocketAddress) ordered.get(i);
                    InetSocketAddress other = (InetSocketAddress) ordered.get(j);
                    if (one.getAddress().getClass() == other.getAddress().getClass()) {
                        assertThat(counts.get(one)).isLessThanOrEqualTo(counts.get(other));
                    }
                }
            }
        }
    }
}
