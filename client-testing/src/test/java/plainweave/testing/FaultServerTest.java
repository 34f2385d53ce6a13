package plainweave.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static plainweave.testing.Client.SOON;
import static plainweave.testing.FaultServer.script;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FaultServerTest {

    @Test
    void eachConnectionRunsItsScriptAndTheLastOneRepeats() throws Exception {
        Script row =
                script().reply("1").then(script().reply("2")).then(script()).reply("3");
        try (FaultServer server = FaultServer.start(row)) {
            assertEquals("1", onNewConnection(server));
            assertEquals("2", onNewConnection(server));
            assertEquals("3", onNewConnection(server));
            assertEquals("3", onNewConnection(server));
        }
    }

    @Test
    void connectionsDoNotWaitForEachOther() throws Exception {
        Script row = script().stall().then(script().reply("2"));
        try (FaultServer server = FaultServer.start(row);
                Client stalled = new Client(server.address())) {
            assertEquals("2", onNewConnection(server));
            assertTrue(stalled.socket.isConnected());
        }
    }

    @Test
    void itCountsWhatItSees() throws Exception {
        try (FaultServer server =
                        FaultServer.start(script().readLine().reply("ok").repeat());
                Client first = new Client(server.address())) {
            assertEquals("ok", first.call("one\n", 2));
            try (Client second = new Client(server.address())) {
                assertEquals("okok", second.call("two\n3\n", 4));
                assertEquals(2, server.open());
            }
            server.awaitOpen(1, SOON);
            assertEquals(2, server.connections());
            assertEquals(3, server.requests());
            assertEquals(10, server.bytesRead());
        }
    }

    @Test
    void aWaitInVainSaysWhatItSaw() throws Exception {
        try (FaultServer server = FaultServer.start(script().readLine().readLine());
                Client client = new Client(server.address())) {
            client.send("only one\n");
            server.awaitRequests(1, SOON);
            AssertionError error =
                    assertThrows(AssertionError.class, () -> server.awaitRequests(2, Duration.ofMillis(1)));
            assertTrue(error.toString().contains("requests 1"), error.toString());
        }
    }

    @Test
    void failuresOfScriptsMayBeAsserted() throws Exception {
        try (FaultServer server = FaultServer.start(script().readLine())) {
            server.assertNoFailures();
            try (Client client = new Client(server.address())) {
                client.send("half");
            }
            server.awaitConnections(1, SOON);
            server.awaitOpen(0, SOON);
            AssertionError error = assertThrows(AssertionError.class, server::assertNoFailures);
            assertEquals(server.failures().getFirst(), error.getSuppressed()[0]);
        }
    }

    @Test
    void aScriptTellsWhereItIsByAGate() throws Exception {
        FaultServer.Gate reached = FaultServer.gate();
        try (FaultServer server = FaultServer.start(script().readLine().open(reached));
                Client client = new Client(server.address())) {
            assertThrows(AssertionError.class, () -> reached.await(Duration.ofMillis(1)));
            assertFalse(reached.isOpen());
            client.send("hello\n");
            reached.await(SOON);
            assertTrue(reached.isOpen());
        }
    }

    @Test
    void closeEndsEveryScriptAndLeavesNoThread() throws Exception {
        Script row = script().stall()
                .then(script().neverRead())
                .then(script().await(FaultServer.gate()))
                .then(script().pause(Duration.ofHours(1)))
                .then(script().readLine())
                .then(script().reply(new byte[64 << 10]).repeat());
        FaultServer server = FaultServer.start(row);
        int port = server.port();
        Client[] clients = new Client[6];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = new Client(server.address());
        }
        server.awaitConnections(clients.length, SOON);
        server.close();

        assertEquals(0, server.open());
        assertEquals(0, server.failures().size());
        assertFalse(isAnyThreadNamed("fault-server-" + port));
        assertThrows(ConnectException.class, () -> new Client(server.address()));
        for (Client client : clients) {
            client.close();
        }
        server.close();
    }

    @Test
    void closeByAnInterruptedThreadLeavesNoThreadEither() throws Exception {
        FaultServer server = FaultServer.start(script().stall());
        try (Client client = new Client(server.address())) {
            server.awaitConnections(1, SOON);
            Thread.currentThread().interrupt();
            server.close();
            assertTrue(Thread.interrupted());
            assertFalse(isAnyThreadNamed("fault-server-" + server.port()));
            assertTrue(client.socket.isConnected());
        }
    }

    @Test
    void aServerComesBackAtItsPort() throws Exception {
        FaultServer first = FaultServer.start(script().stall());
        InetSocketAddress address = first.address();
        try (Client client = new Client(address)) {
            first.awaitConnections(1, SOON);
            first.close();
            assertEquals(0, client.readToEnd().length);
            try (FaultServer second = FaultServer.startAt(address, script().reply("2"))) {
                assertEquals("2", onNewConnection(second));
            }
        }
    }

    private static String onNewConnection(FaultServer server) throws Exception {
        try (Client client = new Client(server.address())) {
            return client.read(10);
        }
    }

    private static boolean isAnyThreadNamed(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith(prefix + "-"));
    }
}
