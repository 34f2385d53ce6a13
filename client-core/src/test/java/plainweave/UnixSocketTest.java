package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.net.OpenSockets;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.micrometer.Meters;
import plainweave.observe.micrometer.MicrometerObserver;

@EnabledOnOs({OS.LINUX, OS.MAC})
class UnixSocketTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final int socketsBefore = OpenSockets.count();
    private Path folder;
    private Path path;

    /** Not a TempDir, whose long name would leave little of a socket's short one. */
    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("pw");
        path = folder.resolve("s");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        atRest.closeAll();
        OpenSockets.awaitAtMost(socketsBefore);
        Files.deleteIfExists(path);
        Files.delete(folder);
    }

    /** Answers each connection by a function of its own. */
    private static final class Server implements AutoCloseable {
        interface Service {
            void serve(SocketChannel connection) throws IOException;
        }

        final AtomicInteger accepted = new AtomicInteger();
        final AtomicInteger over = new AtomicInteger();
        private final ServerSocketChannel listener;
        private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();

        Server(Path path, Service service) throws IOException {
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path), 64);
            Thread.ofPlatform().daemon().name("unix-server").start(() -> {
                try {
                    while (true) {
                        SocketChannel connection = listener.accept();
                        connections.add(connection);
                        accepted.incrementAndGet();
                        Thread.ofPlatform().daemon().name("unix-server").start(() -> serve(connection, service));
                    }
                } catch (IOException e) {
                    // closed
                }
            });
        }

        private void serve(SocketChannel connection, Service service) {
            try (connection) {
                service.serve(connection);
            } catch (IOException e) {
                // the client left
            }
            over.incrementAndGet();
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (SocketChannel connection : connections) {
                connection.close();
            }
        }
    }

    private static void echo(SocketChannel connection) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1_024);
        while (connection.read(bytes) >= 0) {
            bytes.flip();
            while (bytes.hasRemaining()) {
                connection.write(bytes);
            }
            bytes.clear();
        }
    }

    private static void swallow(SocketChannel connection) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1_024);
        while (connection.read(bytes) >= 0) {
            bytes.clear();
        }
    }

    private Remote<String, String> lines(Client client) {
        return client.remote(Endpoint.unix(path), Codecs.lines());
    }

    @Test
    void callsShareTheConnectionsOfAPool() throws Exception {
        try (Server server = new Server(path, UnixSocketTest::echo)) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(4));
            Remote<String, String> remote = lines(client);
            for (int i = 0; i < 100; i++) {
                assertThat(remote.call("request " + i)).isEqualTo("request " + i);
            }
            assertThat(server.accepted).hasValue(1);
            List<Callers.InFlight<String>> calls = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String request = "crowd " + i;
                calls.add(Callers.onVirtualThread(() -> remote.call(request)));
            }
            for (int i = 0; i < 200; i++) {
                assertThat(calls.get(i).await()).isEqualTo("crowd " + i);
            }
            assertThat(server.accepted).hasValueBetween(1, 4);
            assertThat(atRest.reports.opened)
                    .extracting(ConnectionOpened::address)
                    .containsOnly("unix:" + path);
            assertThat(client.dump()).contains("unix:" + path);
        }
    }

    @Test
    void aLeaseIsPlainBlockingStreamsAndCanBeKept() throws Exception {
        try (Server server = new Server(path, UnixSocketTest::echo)) {
            Client client = atRest.client();
            for (int i = 0; i < 3; i++) {
                try (Lease lease = client.lease(Endpoint.unix(path))) {
                    lease.output().write("hello".getBytes(StandardCharsets.UTF_8));
                    assertThat(lease.input().readNBytes(5)).isEqualTo("hello".getBytes(StandardCharsets.UTF_8));
                    assertThat(lease.address()).isEqualTo("unix:" + path);
                    lease.keep();
                }
            }
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void aPathWhereNothingIsMakesItUnreachableAndIsNamed() {
        UnreachableException failure = catchThrowableOfType(
                UnreachableException.class, () -> lines(atRest.client()).call("x"));
        assertThat(failure.phase()).isEqualTo(Phase.CONNECT);
        assertThat(failure.attempts())
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.target()).isEqualTo("unix:" + path));
        assertThat(failure)
                .hasMessageContaining("unix:" + path + " CONNECT failed after ")
                .hasMessageContaining("No such file");
    }

    @Test
    void aPathThatWasLeftBehindRefuses() throws Exception {
        new Server(path, UnixSocketTest::echo).close();
        assertThatThrownBy(() -> lines(atRest.client()).call("x"))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("unix:" + path)
                .hasMessageContaining("refused");
    }

    @Test
    void aPathThatCannotBeASocketsIsRefusedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unix(Path.of("/tmp/" + "x".repeat(99))))
                .withMessageContaining("104 bytes")
                .withMessageContaining("/tmp/xxx");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unix(Path.of("")))
                .withMessageContaining("empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unix(null))
                .withMessageContaining("null");
    }

    @Test
    void theLongestPathThereMayBeWorks() throws Exception {
        int room = 103 - folder.toString().getBytes(StandardCharsets.UTF_8).length - 1;
        path = folder.resolve("p".repeat(room));
        try (Server server = new Server(path, UnixSocketTest::echo)) {
            assertThat(lines(atRest.client()).call("x")).isEqualTo("x");
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void aPeerThatClosesIsALostConnectionAndAnIdleOneIsReplacedUnseen() throws Exception {
        AtomicInteger number = new AtomicInteger();
        Server.Service closing = connection -> {
            int mine = number.incrementAndGet();
            ByteBuffer bytes = ByteBuffer.allocate(64);
            connection.read(bytes);
            if (mine > 1) {
                connection.write(bytes.flip());
            }
        };
        try (Server server = new Server(path, closing)) {
            Client client = atRest.client();
            assertThatThrownBy(() -> lines(client).call("x")).isInstanceOf(ConnectionLostException.class);
            for (int i = 0; i < 3; i++) {
                assertThat(lines(client).call("x")).isEqualTo("x");
                int answered = i + 2;
                Callers.until("the server has closed it", () -> server.over.get() == answered);
            }
        }
    }

    private void fillBacklog(List<SocketChannel> queued) throws IOException {
        for (int i = 0; i < 64; i++) {
            SocketChannel one = SocketChannel.open(StandardProtocolFamily.UNIX);
            queued.add(one);
            Callers.InFlight<Boolean> connect = Callers.onVirtualThread(() -> {
                one.connect(UnixDomainSocketAddress.of(path)); // on a virtual thread it does not wait
                return true;
            });
            try {
                connect.await();
            } catch (Exception full) {
                return;
            }
        }
        throw new AssertionError("the backlog has no end");
    }

    /** The system lets blocking sockets wait for room in the backlog, others it sends away. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullBacklogIsUnreachableOnAVirtualThreadAndAWaitOnAnother() throws Exception {
        List<SocketChannel> queued = new ArrayList<>();
        try (ServerSocketChannel deaf =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path), 1)) {
            fillBacklog(queued);
            Client client = atRest.client(ClientOptions.builder().connectTimeout(Duration.ofMillis(150)));
            assertThat(Callers.onVirtualThread(() -> catchThrowableOfType(
                                    UnreachableException.class,
                                    () -> lines(client).call("x")))
                            .await())
                    .hasMessageContaining("unix:" + path)
                    .hasMessageContaining("backlog");
            client.close();
            Client other = atRest.client(ClientOptions.builder().connectTimeout(Duration.ofMillis(150)));
            assertThat(Callers.onPlatformThread(() -> catchThrowableOfType(
                                    UnreachableException.class,
                                    () -> lines(other).call("x")))
                            .await())
                    .hasMessageContaining("no connection within connectTimeout 150 ms");
            assertThat(deaf.isOpen()).isTrue();
        } finally {
            for (SocketChannel one : queued) {
                one.close();
            }
        }
    }

    @Test
    void aPeerThatIsSilentEndsByTheDeadline() throws Exception {
        try (Server server = new Server(path, UnixSocketTest::swallow)) {
            DeadlineExceededException failure = catchThrowableOfType(
                    DeadlineExceededException.class,
                    () -> lines(atRest.client()).within(Duration.ofMillis(100)).call("x"));
            assertThat(failure.phase()).isEqualTo(Phase.READ);
            assertThat(failure).hasMessageContaining("unix:" + path);
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void aPeerThatNeverReadsEndsByTheDeadlineInWrite() throws Exception {
        Server.Service deaf = connection -> {
            try {
                new CountDownLatch(1).await(); // until the server closes
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        };
        try (Server server = new Server(path, deaf)) {
            Client client = atRest.client(
                    ClientOptions.builder().maxFrame(16 << 20).permitsTotal(8).permitsPerEndpoint(8));
            DeadlineExceededException failure = catchThrowableOfType(
                    DeadlineExceededException.class,
                    () -> client.remote(Endpoint.unix(path), Codecs.fixed(8 << 20))
                            .within(Duration.ofMillis(150))
                            .call(new byte[8 << 20]));
            assertThat(failure.phase()).isEqualTo(Phase.WRITE);
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void anInterruptIsCancelledAndCostsOnlyThisConnection() throws Exception {
        try (Server server = new Server(path, UnixSocketTest::swallow)) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> call = Callers.onVirtualThread(() -> {
                CancelledException cancelled = catchThrowableOfType(
                        CancelledException.class, () -> lines(client).call("x"));
                return cancelled.phase() == Phase.READ && Thread.currentThread().isInterrupted();
            });
            Callers.until("it is connected", () -> server.accepted.get() == 1);
            Callers.until("it waits", () -> call.thread().getState() == Thread.State.WAITING);
            call.interrupt();
            assertThat(call.await()).isTrue();
        }
    }

    @Test
    void metersAreTaggedWithThePath() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Server server = new Server(path, UnixSocketTest::echo)) {
            Client client = atRest.client(ClientOptions.builder().observer(new MicrometerObserver(registry)));
            lines(client).call("x");
            assertThat(registry.get(Meters.OPENED.meterName())
                            .tags("endpoint", "unix:" + path)
                            .timer()
                            .count())
                    .isEqualTo(1);
            assertThat(server.accepted).hasValue(1);
        }
    }
}
