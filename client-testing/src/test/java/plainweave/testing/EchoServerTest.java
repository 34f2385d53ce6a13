package plainweave.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EchoServerTest {

    @Test
    void everyByteComesBack() throws Exception {
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        try (EchoServer server = EchoServer.start();
                Client client = new Client(server.address())) {
            Thread writer = Thread.startVirtualThread(() -> {
                try {
                    client.socket.getOutputStream().write(bytes);
                    client.socket.shutdownOutput();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertArrayEquals(bytes, client.readToEnd());
            writer.join();
            assertEquals(bytes.length, server.bytes());
        }
    }

    @Test
    void itListensWhereItIsTold() throws Exception {
        InetSocketAddress anyPort = new InetSocketAddress("127.0.0.2", 0);
        try (EchoServer server = EchoServer.startAt(anyPort);
                Client client = new Client(server.address())) {
            assertEquals("127.0.0.2", server.host());
            assertEquals("hello", client.call("hello", 5));
            assertThrows(UncheckedIOException.class, () -> EchoServer.startAt(server.address()));
        }
    }

    @Test
    void itServesManyConnectionsAtOnce() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            List<Client> clients = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                clients.add(new Client(server.address()));
            }
            for (Client client : clients) {
                assertEquals("hello", client.call("hello", 5));
            }
            assertEquals(300, server.connections());
            assertEquals(300, server.open());
            assertEquals(1500, server.bytes());
            for (Client client : clients) {
                client.close();
            }
            server.awaitOpen(0, Client.SOON);
            AssertionError error = assertThrows(AssertionError.class, () -> server.awaitOpen(1, Duration.ZERO));
            assertTrue(error.toString().contains("open 0"), error.toString());
        }
    }

    @Test
    void itServesOnPlatformThreadsToo() throws Exception {
        EchoServer server = EchoServer.start(Thread.ofPlatform());
        try (Client client = new Client(server.address())) {
            assertEquals("hello", client.call("hello", 5));
            assertTrue(isAnyThreadNamed("echo-server-" + server.port()));
            server.close();
            assertFalse(isAnyThreadNamed("echo-server-" + server.port()));
        }
    }

    @Test
    void closeEndsItsConnectionsAndItsPort() throws Exception {
        EchoServer server = EchoServer.start();
        try (Client client = new Client(server.address())) {
            assertEquals("hello", client.call("hello", 5));
            server.close();
            assertEquals(0, client.readToEnd().length);
            assertEquals(0, server.open());
            assertThrows(ConnectException.class, () -> new Client(server.address()));
        }
        server.close();
    }

    private static boolean isAnyThreadNamed(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.isDaemon() && thread.getName().startsWith(prefix + "-"));
    }
}
