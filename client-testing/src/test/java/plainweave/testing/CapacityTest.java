package plainweave.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static plainweave.testing.Client.SOON;
import static plainweave.testing.FaultServer.script;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class CapacityTest {
    private static final Duration FOR_EVER = Duration.ofHours(1);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void requestsAreServedSideBySideUpToTheSlotsAndTheOthersTakeTurns() throws Exception {
        Duration service = Duration.ofMillis(60);
        FaultServer server = start(Capacity.of(4, service));
        long begin = System.nanoTime();
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            clients.add(request(server));
        }
        for (int i = 0; i < 4; i++) {
            assertEquals("ok", clients.get(i).read(2));
        }
        assertTrue(System.nanoTime() - begin >= service.toNanos());
        for (int i = 4; i < 12; i++) {
            assertEquals("ok", clients.get(i).read(2));
        }
        assertTrue(System.nanoTime() - begin >= 3 * service.toNanos());
    }

    @Test
    void whoeverCameFirstIsServedFirst() throws Exception {
        Capacity capacity = Capacity.of(1, Duration.ofMillis(30));
        AtomicInteger next = new AtomicInteger('1');
        Script numbered = script().replyWith(request -> new byte[] {(byte) next.getAndIncrement()});
        FaultServer server = start(script().readLine().serve(capacity, numbered, script()));
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clients.add(request(server));
            capacity.awaitArrived(i + 1, SOON);
        }
        StringBuilder order = new StringBuilder();
        for (Client client : clients) {
            order.append(client.read(1));
        }
        assertEquals("12345", order.toString());
        assertEquals(5, capacity.served());
    }

    @Test
    void aFullLineRefusesWhoComesNext() throws Exception {
        Capacity capacity = Capacity.of(1, FOR_EVER).queue(1);
        FaultServer server = start(script().readLine()
                .serve(capacity, script().reply("ok"), script().reply("no"))
                .repeat());
        request(server);
        request(server);
        capacity.awaitArrived(2, SOON);
        assertEquals(1, capacity.waiting());

        Client third = request(server);
        assertEquals("no", third.read(2));
        assertEquals("no", third.call("again\n", 2));
        assertEquals(2, capacity.refused());
        assertEquals(0, capacity.served());
    }

    @Test
    void aFreeSlotTakesARequestThoughTheLineHasNoRoomAtAll() throws Exception {
        FaultServer server = start(Capacity.of(1, Duration.ZERO).queue(0));
        assertEquals("ok", request(server).read(2));
    }

    @Test
    void aRefusalEndsTheConnectionUnlessTheScriptSaysMore() throws Exception {
        Capacity capacity = Capacity.of(1, FOR_EVER).queue(0);
        FaultServer server = start(capacity);
        request(server);
        capacity.awaitArrived(1, SOON);
        assertEquals(0, request(server).readToEnd().length);
    }

    @Test
    void noTimeIsSpentOnAClientThatHasGone() throws Exception {
        Capacity capacity = Capacity.of(1, Duration.ofMillis(150)).droppingGone();
        FaultServer server = start(capacity);
        request(server);
        capacity.awaitArrived(1, SOON);
        Client second = request(server);
        capacity.awaitArrived(2, SOON);
        second.close();
        Client third = request(server);

        assertEquals("ok", third.read(2));
        assertEquals(1, capacity.dropped());
        assertEquals(2, capacity.served());
    }

    @Test
    void bytesThatComeWhileARequestWaitsAreNotLost() throws Exception {
        Capacity capacity = Capacity.of(1, Duration.ofMillis(50)).droppingGone();
        FaultServer server = start(capacity);
        request(server);
        capacity.awaitArrived(1, SOON);
        Client second = request(server);
        capacity.awaitArrived(2, SOON);
        second.send("and another\n");
        assertEquals("okok", second.read(4));
    }

    @Test
    void aServerThatClosesLeavesTheLine() throws Exception {
        Capacity capacity = Capacity.of(1, FOR_EVER);
        FaultServer server = start(capacity);
        request(server);
        request(server);
        capacity.awaitArrived(2, SOON);
        assertEquals(1, capacity.waiting());

        server.close();
        assertEquals(0, capacity.waiting());
        assertEquals(0, server.failures().size());
    }

    @Test
    void aWaitInVainSaysWhatCame() {
        Capacity capacity = Capacity.of(1, Duration.ZERO);
        AssertionError error = assertThrows(AssertionError.class, () -> capacity.awaitArrived(1, Duration.ofMillis(1)));
        assertTrue(error.toString().contains("waiting 0, served 0"), error.toString());
    }

    @Test
    void impossibleCapacitiesAreRefused() {
        Capacity capacity = Capacity.of(1, Duration.ZERO);
        assertThrows(IllegalArgumentException.class, () -> Capacity.of(0, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> Capacity.of(1, Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, () -> Capacity.of(1, Duration.ofDays(2)));
        assertThrows(IllegalArgumentException.class, () -> capacity.queue(-1));
        Script row = script().then(script());
        assertThrows(IllegalArgumentException.class, () -> script().serve(capacity, row, script()));
    }

    private FaultServer start(Capacity capacity) {
        return start(script().readLine().serve(capacity).reply("ok").repeat());
    }

    private FaultServer start(Script script) {
        FaultServer server = FaultServer.start(script);
        open.push(server);
        return server;
    }

    private Client request(FaultServer server) throws IOException {
        Client client = new Client(server.address());
        open.push(client);
        client.send("request\n");
        return client;
    }
}
