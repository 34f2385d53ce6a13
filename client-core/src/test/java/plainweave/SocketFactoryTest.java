package plainweave;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.micrometer.Meters;
import plainweave.observe.micrometer.MicrometerObserver;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** Sockets for other libraries: that they behave as java.net's do, and what they have from us besides. */
class SocketFactoryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** More than the system's buffers of both sides hold. */
    private static final int MORE_THAN_FITS = 32 * 1024 * 1024;

    private static final Script ECHO_LINES = TlsPeers.ECHO_LINES;

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static <T> Callers.InFlight<T> on(boolean virtual, Callable<T> job) {
        return virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
    }

    /** Where a thread stands says more than its state: a platform thread in a system call counts as running. */
    private static void untilItIsIn(String className, String method, Callers.InFlight<?> call) {
        Callers.until(
                () -> "it is in " + method + ", but " + List.of(call.thread().getStackTrace()),
                () -> Stream.of(call.thread().getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals("plainweave.net." + className)
                                && frame.getMethodName().equals(method)));
    }

    private static Callers.InFlight<Integer> reading(Socket socket, boolean virtual) {
        Callers.InFlight<Integer> reading =
                on(virtual, () -> socket.getInputStream().read());
        untilItIsIn("DoorWire", "read", reading);
        return reading;
    }

    /** Until the peer takes nothing any more. */
    private static Callers.InFlight<Integer> writing(Socket socket, boolean virtual) {
        return on(virtual, () -> {
            socket.getOutputStream().write(new byte[MORE_THAN_FITS]);
            return MORE_THAN_FITS;
        });
    }

    private static Socket connected(Client client, FaultServer server) throws IOException {
        return client.socketFactory().createSocket(server.host(), server.port());
    }

    private static void say(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(US_ASCII));
        out.flush();
    }

    private static String heard(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), US_ASCII);
    }

    private static InetAddress address(@Nullable String name, int... digits) throws UnknownHostException {
        byte[] bytes = new byte[digits.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) digits[i];
        }
        return name == null ? InetAddress.getByAddress(bytes) : InetAddress.getByAddress(name, bytes);
    }

    private static Dns table(String name, InetAddress... addresses) {
        return Dns.fixed(Map.of(name, List.of(addresses)));
    }

    // Connecting

    interface Way {
        Socket socket(SocketFactory sockets, EchoServer server) throws IOException;
    }

    @Test
    void everyWayToASocketLeadsToTheServer() throws Exception {
        InetAddress loopback = address(null, 127, 0, 0, 1);
        InetAddress from = address(null, 127, 0, 0, 5);
        List<Way> ways = List.of(
                (sockets, server) -> sockets.createSocket("127.0.0.1", server.port()),
                (sockets, server) -> sockets.createSocket(loopback, server.port()),
                (sockets, server) -> sockets.createSocket("127.0.0.1", server.port(), from, 0),
                (sockets, server) -> sockets.createSocket(loopback, server.port(), from, 0),
                (sockets, server) -> {
                    Socket socket = sockets.createSocket();
                    socket.bind(new InetSocketAddress(from, 0));
                    socket.connect(server.address(), 5_000);
                    return socket;
                });
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            for (int i = 0; i < ways.size(); i++) {
                try (Socket socket = ways.get(i).socket(client.socketFactory(), server)) {
                    say(socket, "warp");
                    assertThat(heard(socket, 4)).isEqualTo("warp");
                    assertThat(socket.getRemoteSocketAddress()).isEqualTo(server.address());
                    assertThat(socket.getLocalAddress()).isEqualTo(i < 2 ? loopback : from);
                }
            }
            server.awaitOpen(0, PATIENCE);
        }
    }

    @Test
    void aNameIsLookedUpByTheClientsDnsAndItsAddressesAreRaced() throws Exception {
        try (EchoServer server = EchoServer.start();
                DeadPort dead = FaultServer.refusingAt(new InetSocketAddress("127.0.0.9", server.port()))) {
            Client client = atRest.client(ClientOptions.builder()
                    .dns(table("db.test", address(null, 127, 0, 0, 9), address(null, 127, 0, 0, 1))));
            for (InetSocketAddress named : List.of(
                    InetSocketAddress.createUnresolved("db.test", server.port()),
                    InetSocketAddress.createUnresolved("DB.test.", server.port()),
                    new InetSocketAddress(address("db.test", 192, 0, 2, 1), server.port()))) {
                try (Socket socket = client.socketFactory().createSocket()) {
                    socket.connect(named, 5_000);
                    assertThat(socket.getRemoteSocketAddress()).isEqualTo(server.address());
                    assertThat(socket)
                            .hasToString("Socket[db.test:" + server.port() + " at " + "127.0.0.1:" + dead.port() + "]");
                }
            }
            assertThat(client.stats().dnsLookups()).isOne();
            assertThat(client.stats().dnsHits()).isEqualTo(2);
        }
    }

    @Test
    void anAddressWithoutANameOrWithOneThatNobodyKnowsStaysAsItIs() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().dns(Dns.fixed(Map.of())));
            for (InetAddress to : List.of(
                    address(null, 127, 0, 0, 1), address("a label", 127, 0, 0, 1), address("no.test", 127, 0, 0, 1))) {
                try (Socket socket = client.socketFactory().createSocket(to, server.port())) {
                    assertThat(socket.getRemoteSocketAddress()).isEqualTo(server.address());
                }
            }
        }
    }

    @Test
    void aNameThatNobodyKnowsOnAPlaceHolderDoesNotLeadToThisMachine() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().dns(Dns.fixed(Map.of())));
            InetAddress placeHolder = address("no.test", 0, 0, 0, 0);
            assertThatThrownBy(() -> client.socketFactory().createSocket(placeHolder, server.port()))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("no connection to no.test:");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void whatCannotBeReachedFailsAsJavaNetSaysAndTellsEveryTry() throws Exception {
        try (DeadPort refusing = FaultServer.refusing()) {
            Client client = atRest.client(ClientOptions.builder().dns(table("db.test", address(null, 127, 0, 0, 1))));
            SocketFactory sockets = client.socketFactory();
            assertThatThrownBy(() -> sockets.createSocket("db.test", refusing.port()))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageStartingWith("no connection to db.test:" + refusing.port() + "; 127.0.0.1:"
                            + refusing.port() + " CONNECT failed after ")
                    .hasMessageContaining(": Connection refused");
            assertThatThrownBy(() -> sockets.createSocket("elsewhere.test", 1))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("no connection to elsewhere.test:1; elsewhere.test DNS failed after ")
                    .hasMessageContaining("is not in the fixed table");
            assertThatThrownBy(() -> sockets.createSocket("no name", 1))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("'no name' holds the character ' '");
            assertThatThrownBy(() -> sockets.createSocket("db.test", 0))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("port 0");
            assertThat(client.stats().connectionsOpened()).isZero();
        }
    }

    @Test
    void anEndpointThatIsOutIsNotTriedAgainAtOnce() throws Exception {
        try (DeadPort refusing = FaultServer.refusing()) {
            SocketFactory sockets = atRest.client().socketFactory();
            List<String> told = new ArrayList<>();
            Callers.until("one of them is not tried, but " + told, () -> {
                assertThatThrownBy(() -> sockets.createSocket(refusing.host(), refusing.port()))
                        .isInstanceOfSatisfying(ConnectException.class, e -> told.add(e.getMessage()));
                return told.getLast().contains("not tried, for it could not be reached just before; 127.0.0.1:");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aConnectThatHangsEndsByItsTimeoutOrElseByTheClients(boolean virtual) throws Exception {
        try (DeadPort hole = FaultServer.blackhole()) {
            Client client = atRest.client(ClientOptions.builder().connectTimeout(Duration.ofMillis(300)));
            Client patient = atRest.client();
            InetSocketAddress there = new InetSocketAddress(hole.host(), hole.port());
            Callers.InFlight<Socket> given = on(virtual, () -> {
                Socket socket = patient.socketFactory().createSocket();
                assertThatThrownBy(() -> socket.connect(there, 250))
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessageStartingWith(
                                "no connection to " + hole.host() + ":" + hole.port() + " within 250 ms; ");
                return socket;
            });
            Callers.InFlight<Socket> none = on(virtual, () -> {
                Socket socket = client.socketFactory().createSocket();
                assertThatThrownBy(() -> socket.connect(there))
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessageContaining(" within 300 ms; ");
                return socket;
            });
            assertThat(given.await().isClosed()).isTrue();
            assertThat(none.await().isClosed()).isTrue();
        }
    }

    @Test
    void aSocketIsConnectedOnceAndToAnInternetAddress() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            try (Socket socket = client.socketFactory().createSocket()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> socket.connect(UnixDomainSocketAddress.of("/tmp/socket")));
                assertThatIllegalArgumentException().isThrownBy(() -> socket.connect(server.address(), -1));
                socket.connect(server.address());
                assertThatThrownBy(() -> socket.connect(server.address()))
                        .isInstanceOf(SocketException.class)
                        .hasMessage("already connected");
                say(socket, "on");
                assertThat(heard(socket, 2)).isEqualTo("on");
            }
            assertThat(client.socketFactory()).isSameAs(client.socketFactory());
        }
    }

    // Reading and writing

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReadThatTimesOutLosesNothingAndTheSocketGoesOn(boolean virtual) throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script late =
                FaultServer.script().readLine().await(answer).reply("late\n").run(ECHO_LINES);
        try (FaultServer server = FaultServer.start(late)) {
            Client client = atRest.client();
            Callers.InFlight<String> caller = on(virtual, () -> {
                try (Socket socket = client.socketFactory().createSocket()) {
                    socket.setSoTimeout(30);
                    socket.connect(server.address());
                    say(socket, "hello\n");
                    for (int i = 0; i < 3; i++) {
                        long start = System.nanoTime();
                        assertThatThrownBy(() -> heard(socket, 5)).isInstanceOf(SocketTimeoutException.class);
                        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(29_000_000L);
                    }
                    assertThat(socket.isClosed()).isFalse();
                    assertThat(socket.getSoTimeout()).isEqualTo(30);
                    answer.open();
                    socket.setSoTimeout(10_000);
                    String first = heard(socket, 5);
                    socket.setSoTimeout(0);
                    say(socket, "again\n");
                    return first + heard(socket, 6);
                }
            });
            assertThat(caller.await()).isEqualTo("late\nagain\n");
            server.assertNoFailures();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThreadWritesWhileAnotherWaitsWithATimeout(boolean virtual) throws Exception {
        int bytes = 4 * 1024 * 1024;
        try (EchoServer server = EchoServer.start(Thread.ofPlatform())) {
            Client client = atRest.client();
            try (Socket socket = client.socketFactory().createSocket(server.host(), server.port())) {
                socket.setSoTimeout(5_000);
                Callers.InFlight<Integer> reader =
                        on(virtual, () -> socket.getInputStream().readNBytes(bytes).length);
                Callers.InFlight<Integer> writer = on(virtual, () -> {
                    socket.getOutputStream().write(new byte[bytes]);
                    return bytes;
                });
                assertThat(writer.await()).isEqualTo(bytes);
                assertThat(reader.await()).isEqualTo(bytes);
                assertThat(client.stats().socketBytesOut()).isEqualTo(bytes);
                assertThat(client.stats().socketBytesIn()).isEqualTo(bytes);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWriteIsCutOnceThePeerTakesNothingAndWhoReadsIsTold(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(200)));
            try (Socket socket = connected(client, server)) {
                Callers.InFlight<Integer> reader = reading(socket, virtual);
                Callers.InFlight<Integer> writer = writing(socket, virtual);
                for (Callers.InFlight<Integer> told : List.of(writer, reader)) {
                    assertThatThrownBy(told::await)
                            .isInstanceOf(SocketException.class)
                            .hasMessage("cut, because the peer took nothing of what was written for 200 ms");
                }
                assertThat(socket.isClosed()).isTrue();
                assertThat(client.stats().sockets())
                        .as("before anybody closed it")
                        .isZero();
                assertThat(client.stats().socketBytesOut()).isBetween(1L, (long) MORE_THAN_FITS);
            }
            assertThat(atRest.reports.closed)
                    .extracting(ConnectionClosed::reason)
                    .containsExactly(Reason.NOT_KEPT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReadWithoutATimeoutIsNotBoundedBySilence(boolean virtual) throws Exception {
        Script slow =
                FaultServer.script().readLine().pause(Duration.ofMillis(200)).reply("ok");
        try (FaultServer server = FaultServer.start(slow)) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(20)));
            try (Socket socket = connected(client, server)) {
                say(socket, "how long?\n");
                assertThat(on(virtual, () -> heard(socket, 2)).await()).isEqualTo("ok");
            }
        }
    }

    /** A timed park costs a timer at every read that waits. */
    @Test
    void aVirtualThreadParksTimedOnlyWhereAReadHasATimeout() throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            for (int millis : new int[] {0, 60_000}) {
                Socket socket = connected(client, server);
                socket.setSoTimeout(millis);
                Callers.InFlight<Integer> reader = reading(socket, true);
                Thread.State expected = millis == 0 ? Thread.State.WAITING : Thread.State.TIMED_WAITING;
                Callers.until(
                        () -> "it is " + expected + ", but " + reader.thread().getState(),
                        () -> reader.thread().getState() == expected);
                socket.close();
                assertThatThrownBy(reader::await).isInstanceOf(SocketException.class);
            }
        }
    }

    @Test
    void availableTellsWhatHasComeAndTheEndIsTheEnd() throws Exception {
        Script twice = FaultServer.script().readLine().reply("12345");
        try (FaultServer server = FaultServer.start(twice)) {
            try (Socket socket = connected(atRest.client(), server)) {
                InputStream in = socket.getInputStream();
                assertThat(in.available()).isZero();
                assertThat(in.read(new byte[0])).isZero();
                say(socket, "go\n");
                assertThat(in.read()).isEqualTo('1');
                Callers.until("all has come", () -> {
                    try {
                        return in.available() == 4;
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                assertThat(in.skip(4)).isEqualTo(4);
                assertThat(in.read()).isNegative();
                assertThat(in.read(new byte[8])).isNegative();
                assertThat(socket.isClosed()).isFalse();
            }
        }
    }

    @Test
    void eachSideCanBeEndedByItself() throws Exception {
        Duration silence = Duration.ofMillis(50);
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().silence(silence));
            try (Socket socket = client.socketFactory().createSocket(server.host(), server.port())) {
                OutputStream out = socket.getOutputStream();
                say(socket, "last words");
                socket.shutdownOutput();
                assertThat(socket.isOutputShutdown()).isTrue();
                assertThatThrownBy(socket::getOutputStream).isInstanceOf(SocketException.class);
                assertThatThrownBy(() -> out.write(1))
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Socket output is shutdown");
                assertThat(heard(socket, 100)).isEqualTo("last words");
                assertThat(socket.isInputShutdown()).isFalse();
                assertThat(socket.isClosed()).isFalse();
            }
            try (Socket socket = client.socketFactory().createSocket(server.host(), server.port())) {
                InputStream in = socket.getInputStream();
                socket.shutdownInput();
                assertThat(socket.isInputShutdown()).isTrue();
                assertThat(in.read()).isNegative();
                assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
                say(socket, "still heard");
            }
        }
    }

    @Test
    void aWriteThatFailsDoesNotCutWhatIsStillRead() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Script late = FaultServer.script().await(answer).reply("ok");
        try (FaultServer server = FaultServer.start(late)) {
            Client client = atRest.client(ClientOptions.builder().silence(Duration.ofMillis(20)));
            try (Socket socket = connected(client, server);
                    Socket other = connected(client, server)) {
                OutputStream out = socket.getOutputStream();
                socket.shutdownOutput();
                assertThatThrownBy(() -> out.write(1)).isInstanceOf(SocketException.class);
                // By the time that the other's time-out is over, silence is too.
                other.setSoTimeout(100);
                assertThatThrownBy(() -> heard(other, 1)).isInstanceOf(SocketTimeoutException.class);
                answer.open();
                assertThat(heard(socket, 2)).isEqualTo("ok");
            }
        }
    }

    // Ending

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingEndsAReadAndAWriteOfOthers(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead())) {
            Client client = atRest.client();
            Socket read = connected(client, server);
            Socket written = connected(client, server);
            InputStream in = read.getInputStream();
            List<Callers.InFlight<Integer>> waiting = List.of(reading(read, virtual), writing(written, virtual));
            untilItIsIn("DoorWire", "write", waiting.getLast());
            read.getInputStream().close();
            written.close();
            for (Callers.InFlight<Integer> each : waiting) {
                assertThatThrownBy(each::await)
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Socket closed");
            }
            read.close();
            assertThat(read.isClosed()).isTrue();
            assertThat(read.isConnected()).isTrue();
            assertThat(read.getPort()).isEqualTo(server.port());
            assertThatThrownBy(read::getInputStream)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket is closed");
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessage("Socket closed");
            assertThatThrownBy(() -> read.setSoTimeout(1)).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingEndsAConnectAndSaysNothingAgainstTheEndpoint(boolean virtual) throws Exception {
        try (DeadPort hole = FaultServer.blackhole()) {
            Client client = atRest.client(ClientOptions.builder().connectTimeout(Duration.ofSeconds(60)));
            for (int i = 0; i < 5; i++) {
                Socket socket = client.socketFactory().createSocket();
                Callers.InFlight<String> connecting = on(virtual, () -> {
                    socket.connect(new InetSocketAddress(hole.host(), hole.port()));
                    return "connected";
                });
                untilItIsIn("Transport", "connect", connecting);
                socket.close();
                assertThatThrownBy(connecting::await)
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Socket closed");
            }
            Socket never = client.socketFactory().createSocket();
            never.close();
            assertThatThrownBy(() -> never.connect(new InetSocketAddress(hole.host(), hole.port())))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket is closed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptClosesTheSocketAndKeepsTheFlag(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = atRest.client();
            Socket socket = connected(client, server);
            Callers.InFlight<Boolean> reader = on(virtual, () -> {
                assertThatThrownBy(() -> socket.getInputStream().read())
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                assertThatThrownBy(() -> connected(client, server))
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                return Thread.interrupted();
            });
            untilItIsIn("DoorWire", "read", reader);
            reader.interrupt();
            assertThat(reader.await()).as("the interrupt flag").isTrue();
            assertThat(socket.isClosed()).isTrue();
            assertThat(client.stats().sockets()).as("before anybody closed it").isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingTheClientCutsItsSocketsAndRefusesNewOnes(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall())) {
            Client client = Client.create(
                    ClientOptions.builder().observer(atRest.reports).build());
            Socket socket = connected(client, server);
            Socket idle = connected(client, server);
            Socket unconnected = client.socketFactory().createSocket();
            Callers.InFlight<Integer> reader = reading(socket, virtual);
            client.close();
            assertThatThrownBy(reader::await)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket closed: the client it came from was closed");
            assertThat(socket.isClosed()).isTrue();
            assertThat(idle.isClosed()).isTrue();
            assertThatThrownBy(() -> unconnected.connect(server.address()))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket closed: the client it came from was closed");
            assertThat(client.stats().sockets()).isZero();
            assertThat(client.stats().connectionsClosed()).isEqualTo(2);
            idle.close();
            assertThat(atRest.reports.closed)
                    .extracting(ConnectionClosed::reason)
                    .containsExactly(Reason.CLIENT_CLOSED, Reason.CLIENT_CLOSED);
            server.awaitOpen(0, PATIENCE);
        }
    }

    // What a client tells and holds of them

    @Test
    void socketsAreCountedReportedAndMeteredButTakeNoPermit() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (EchoServer server = EchoServer.start();
                MicrometerObserver observer = new MicrometerObserver(registry)) {
            Client client = atRest.client(ClientOptions.builder()
                    .permitsPerEndpoint(1)
                    .permitsTotal(1)
                    .observer(observer));
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            List<Socket> pool = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                pool.add(client.socketFactory().createSocket(server.host(), server.port()));
            }
            say(pool.getFirst(), "twelve bytes");
            assertThat(heard(pool.getFirst(), 12)).isEqualTo("twelve bytes");
            assertThat(client.remote(endpoint, Codecs.lines()).call("between")).isEqualTo("between");
            assertThat(client.stats().permitsOut()).isZero();
            assertThat(client.stats().connectionsInUse()).isZero();
            assertThat(client.stats().sockets()).isEqualTo(10);
            assertThat(client.stats().connectionsOpened()).isEqualTo(11);
            assertThat(client.dump().lines().filter(line -> line.contains(" as a socket, open for ")))
                    .hasSize(10)
                    .anyMatch(line -> line.strip().startsWith(endpoint + " " + endpoint + " as a socket, ")
                            && line.endsWith(", 12 bytes in 12 out"));
            assertThat(registry.get(Meters.SOCKETS.meterName()).gauge().value()).isEqualTo(10);
            client.evict(endpoint);
            assertThat(pool).noneMatch(Socket::isClosed);
            for (Socket socket : pool) {
                socket.close();
                socket.close();
            }
            assertThat(client.stats().sockets()).isZero();
            assertThat(registry.get(Meters.SOCKETS_READ.meterName())
                            .functionCounter()
                            .count())
                    .isEqualTo(12);
            assertThat(registry.get(Meters.SOCKETS_WRITTEN.meterName())
                            .functionCounter()
                            .count())
                    .isEqualTo(12);
            assertThat(registry.get(Meters.OPENED.meterName()).timer().count()).isEqualTo(11);
            assertThat(registry.get(Meters.LIFETIME.meterName()).timer().count())
                    .isEqualTo(11);
        }
    }

    // Options

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void optionsHoldWhetherSetBeforeTheConnectOrAfter(boolean before) throws Exception {
        try (EchoServer server = EchoServer.start()) {
            try (Socket socket = atRest.client().socketFactory().createSocket()) {
                if (!before) {
                    socket.connect(server.address());
                }
                assertThat(socket.getTcpNoDelay()).isTrue();
                assertThat(socket.getKeepAlive()).isTrue();
                assertThat(socket.getSoLinger()).isEqualTo(-1);
                assertThat(socket.getOOBInline()).isFalse();
                socket.setTcpNoDelay(false);
                socket.setKeepAlive(false);
                socket.setSoLinger(true, 3);
                socket.setReuseAddress(true);
                socket.setTrafficClass(8);
                socket.setSendBufferSize(8_192);
                socket.setReceiveBufferSize(8_192);
                socket.setSoTimeout(1_234);
                socket.setOOBInline(false);
                socket.setPerformancePreferences(0, 1, 2);
                if (before) {
                    socket.connect(server.address());
                }
                assertThat(socket.getTcpNoDelay()).isFalse();
                assertThat(socket.getKeepAlive()).isFalse();
                assertThat(socket.getSoLinger()).isEqualTo(3);
                assertThat(socket.getReuseAddress()).isTrue();
                assertThat(socket.getTrafficClass()).isEqualTo(8);
                assertThat(socket.getSendBufferSize()).isBetween(8_192, 16_384); // Linux doubles it
                assertThat(socket.getReceiveBufferSize()).isBetween(8_192, 16_384);
                assertThat(socket.getSoTimeout()).isEqualTo(1_234);
                socket.setSoLinger(false, 0);
                assertThat(socket.getSoLinger()).isEqualTo(-1);
                assertThat(socket.supportedOptions()).contains(StandardSocketOptions.TCP_NODELAY);
                assertThat(socket.setOption(StandardSocketOptions.TCP_NODELAY, true)
                                .getOption(StandardSocketOptions.TCP_NODELAY))
                        .isTrue();
            }
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        Client bound = atRest.client(ClientOptions.builder().localAddress(address(null, 127, 0, 0, 5)));
        try (Socket socket = atRest.client().socketFactory().createSocket();
                Socket here = bound.socketFactory().createSocket()) {
            assertThatIllegalArgumentException().isThrownBy(() -> socket.setSoTimeout(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> socket.setSoLinger(true, -1));
            assertThatIllegalArgumentException().isThrownBy(() -> socket.setSendBufferSize(0));
            assertThatIllegalArgumentException().isThrownBy(() -> socket.setReceiveBufferSize(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> socket.setTrafficClass(256));
            assertThatThrownBy(() -> socket.setOption(StandardSocketOptions.SO_BROADCAST, true))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> socket.sendUrgentData(1))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("urgent data is not supported");
            assertThatThrownBy(() -> socket.setOOBInline(true)).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> here.bind(new InetSocketAddress("127.0.0.6", 0)))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("the client's localAddress is 127.0.0.5");
            assertThatThrownBy(() -> socket.bind(InetSocketAddress.createUnresolved("x.test", 0)))
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void anUnconnectedSocketSaysSo() throws Exception {
        try (Socket socket = atRest.client().socketFactory().createSocket()) {
            assertThat(socket.isConnected()).isFalse();
            assertThat(socket.isBound()).isFalse();
            assertThat(socket.isClosed()).isFalse();
            assertThat(socket.isInputShutdown()).isFalse();
            assertThat(socket.isOutputShutdown()).isFalse();
            assertThat(socket.getInetAddress()).isNull();
            assertThat(socket.getPort()).isZero();
            assertThat(socket.getLocalPort()).isEqualTo(-1);
            assertThat(socket.getLocalSocketAddress()).isNull();
            assertThat(socket.getRemoteSocketAddress()).isNull();
            assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
            assertThat(socket.getChannel()).isNull();
            assertThat(socket).hasToString("Socket[unconnected]");
            for (Callable<?> io : List.<Callable<?>>of(socket::getInputStream, socket::getOutputStream)) {
                assertThatThrownBy(io::call).isInstanceOf(SocketException.class).hasMessage("Socket is not connected");
            }
            socket.bind(null);
            assertThat(socket.isBound()).isTrue();
            assertThatThrownBy(() -> socket.bind(null))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Already bound");
        }
    }
}
