package plainweave.liveness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import plainweave.Bulk;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Fanout;
import plainweave.Lease;
import plainweave.Outcome;
import plainweave.Remote;
import plainweave.TlsOptions;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.RejectedException;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.Observer;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.testing.TestCertificate;

/**
 * What the scenarios do. Peers, the client's own threads and whoever directs a scenario are platform threads; all callers are
 * virtual ones. Each scenario also holds that every caller ended as it should, and that nothing was left behind.
 */
final class Scenarios {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MORE_THAN_THE_KERNEL_TAKES = 12 << 20;
    private static final Script OK =
            FaultServer.script().readLine().reply("ok\n").repeat();

    private Scenarios() {}

    static void callsHandedOnOverTwoPermits(Crew crew) throws Exception {
        try (FaultServer server = FaultServer.start(OK);
                Client client = client(ClientOptions.builder().permitsPerEndpoint(2))) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            crew.start(50, i -> () -> {
                for (int n = 0; n < 20; n++) {
                    ok(n % 2 == 0 ? remote : remote.with(Priority.URGENT));
                }
                return null;
            });
            crew.await();
            expect("they shared the connections", server.connections() <= 2);
            Rest.check(client);
        }
    }

    static void bulksAndFanoutsOverTwoPermits(Crew crew) throws Exception {
        try (FaultServer server = FaultServer.start(OK);
                Client client = client(ClientOptions.builder().permitsPerEndpoint(2))) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            crew.start(5, i -> () -> {
                try (Bulk<String, String> bulk = remote.bulk(8).over(Stream.generate(() -> "x"))) {
                    Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                    for (int n = 0; n < 100; n++) {
                        expect("it is answered", items.next().outcome().equals(new Outcome.Done<>("ok")));
                    }
                }
                return null;
            });
            crew.start(5, i -> () -> {
                try (Fanout<String> fan = client.fanout(PATIENCE)) {
                    for (int n = 0; n < 10; n++) {
                        fan.add(remote, "x");
                    }
                    return fan.joinOrThrow();
                }
            });
            crew.await();
            Rest.check(client);
        }
    }

    static void leasesBesideCalls(Crew crew) throws Exception {
        try (FaultServer server = FaultServer.start(OK);
                Client client = client(ClientOptions.builder().permitsPerEndpoint(4))) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            crew.start(20, i -> () -> {
                try (Lease lease = client.lease(at(server))) {
                    for (int n = 0; n < 10; n++) {
                        lease.output().write("x\n".getBytes(StandardCharsets.US_ASCII));
                        lease.input().readNBytes(3);
                    }
                    lease.keep();
                    return i;
                }
            });
            crew.start(20, i -> () -> ok(remote));
            crew.await();
            Rest.check(client);
        }
    }

    static void warmAndEvictUnderCalls(Crew crew) throws Exception {
        Script slow = FaultServer.script()
                .pause(Duration.ofMillis(20))
                .reply("hello\n")
                .run(FaultServer.script()
                        .readLine()
                        .pause(Duration.ofMillis(5))
                        .reply("ok\n")
                        .repeat());
        try (FaultServer server = FaultServer.start(slow);
                Client client = client(ClientOptions.builder()
                        .permitsPerEndpoint(4)
                        .idleTimeout(Duration.ofMillis(100))
                        .maxLifetime(Duration.ofMillis(200)))) {
            Remote<String, String> remote = client.remote(at(server), new Greeted());
            crew.start(() -> {
                remote.warm(2);
                return null;
            });
            crew.start(20, i -> () -> {
                for (int n = 0; n < 10; n++) {
                    ok(remote);
                    if (n == i / 2) {
                        client.evict(at(server));
                    }
                }
                return null;
            });
            crew.await();
            expect("others took the place of those evicted", server.connections() > 4);
            remote.warm(0);
            Rest.check(client);
        }
    }

    static void exhaustedPermitsAndASlowOpen(Crew crew) throws Exception {
        Script slow = FaultServer.script()
                .pause(Duration.ofMillis(200))
                .reply("hello\n")
                .run(OK);
        try (FaultServer server = FaultServer.start(slow);
                Client client = client(ClientOptions.builder().permitsPerEndpoint(2))) {
            Remote<String, String> remote = client.remote(at(server), new Greeted());
            crew.start(50, i -> () -> ok(remote));
            crew.await();
            Rest.check(client);
        }
    }

    static void connectsRefusedUntilThePeerIsBack(Crew crew) throws Exception {
        AtomicInteger refused = new AtomicInteger();
        try (DeadPort dead = FaultServer.refusing();
                Client client = client(ClientOptions.builder())) {
            Remote<String, String> remote = client.remote(Endpoint.of(dead.host(), dead.port()), Codecs.lines());
            crew.start(30, i -> () -> {
                Wait.until("it is served", () -> {
                    try {
                        ok(remote);
                        return true;
                    } catch (UnreachableException e) {
                        return refused.incrementAndGet() < 0;
                    }
                });
                return null;
            });
            Wait.until("every caller was refused some times", () -> refused.get() >= 300);
            dead.close();
            try (FaultServer server = FaultServer.startAt(dead.address(), OK)) {
                crew.await();
                Rest.check(client);
                server.awaitOpen(0, PATIENCE);
            }
        }
    }

    static void peerClosesIdleConnections(Crew crew) throws Exception {
        int callers = 20;
        int calls = 5;
        Script once = FaultServer.script().reply("hello\n").readLine().reply("ok\n");
        try (FaultServer server = FaultServer.start(once);
                Client client = client(ClientOptions.builder())) {
            Remote<String, String> remote = client.remote(at(server), new Greeted());
            for (int n = 0; n < calls; n++) {
                crew.start(callers, i -> () -> ok(remote));
                crew.await();
                Wait.until("the peer has closed what is idle now", () -> server.open() == 0);
            }
            expect("each connection served one call", server.connections() >= callers * calls);
            Rest.check(client);
        }
    }

    static void closeWithWaitersAndAConnectInFlight(Crew crew) throws Exception {
        try (DeadPort hole = FaultServer.blackhole();
                FaultServer server =
                        FaultServer.start(FaultServer.script().readLine().stall());
                Client client = Client.create(ClientOptions.builder()
                        .permitsPerEndpoint(2)
                        .drain(Duration.ofMillis(100))
                        .build())) {
            Remote<String, String> stalled = client.remote(at(server), Codecs.lines());
            Remote<String, String> nowhere = stalled.at(Endpoint.of(hole.host(), hole.port()));
            List<Crew.Member<CallException>> served = crew.start(2, i -> () -> failure(stalled));
            server.awaitRequests(2, PATIENCE);
            List<Crew.Member<CallException>> waiting = crew.start(40, i -> () -> failure(stalled));
            Crew.Member<CallException> connecting = crew.start(() -> failure(nowhere));
            Wait.until("they wait", () -> client.stats().waiting() == 40 && waits(connecting));
            crew.start(() -> {
                client.close();
                return null;
            });
            for (Crew.Member<CallException> one : waiting) {
                expect("a waiter is refused", crew.await(one) instanceof RejectedException);
            }
            for (Crew.Member<CallException> one : served) {
                expect("a running call is cut", crew.await(one) instanceof CancelledException);
            }
            crew.await();
            Rest.check(client);
        }
    }

    static void writesThatStallUntilTheirDeadline(Crew crew) throws Exception {
        byte[] request = new byte[MORE_THAN_THE_KERNEL_TAKES];
        Duration patience = Duration.ofMillis(300);
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead());
                Client client = client(ClientOptions.builder()
                        .permitsTotal(16)
                        .permitsPerEndpoint(16)
                        .maxFrame(request.length)
                        .silence(patience))) {
            Remote<byte[], byte[]> remote =
                    client.remote(at(server), Codecs.fixed(request.length)).within(patience);
            List<Crew.Member<CallException>> calls = crew.start(4, i -> () -> failure(remote, request));
            List<Crew.Member<CallException>> leases = crew.start(4, i -> () -> {
                try (Lease lease = client.lease(at(server))) {
                    lease.output().write(request);
                    throw new AssertionError("the peer took it");
                } catch (CallException e) {
                    return e;
                }
            });
            calls.addAll(leases);
            for (Crew.Member<CallException> one : calls) {
                tooSlow(crew, one, Phase.WRITE);
            }
            Rest.check(client);
        }
    }

    static void aSlowNameForAHundredCallers(Crew crew) throws Exception {
        int names = 8;
        Dns slow = host -> {
            try {
                Canary.blockInNativeCode(Duration.ofMillis(200));
                return List.of(loopback());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        try (FaultServer server = FaultServer.start(OK);
                Client client =
                        client(ClientOptions.builder().permitsPerEndpoint(100).dns(slow))) {
            Remote<String, String> remote = client.remote(Endpoint.of("slow.test", server.port()), Codecs.lines());
            crew.start(100, i -> () -> ok(remote));
            crew.start(names, i -> () -> ok(remote.at(Endpoint.of("slow" + i + ".test", server.port()))));
            crew.await();
            expect("one lookup for a name", client.stats().dnsLookups() == names + 1);
            Rest.check(client);
        }
    }

    static void anInterruptInEachPhase(Crew crew) throws Exception {
        inEachPhase(crew, Ending.INTERRUPT);
    }

    static void aDeadlineInEachPhase(Crew crew) throws Exception {
        inEachPhase(crew, Ending.DEADLINE);
    }

    /** How a call that hangs comes to its end. */
    private enum Ending {
        INTERRUPT,
        DEADLINE;

        <Q, R> Remote<Q, R> before(long millis, Remote<Q, R> remote) {
            return this == DEADLINE ? remote.within(Duration.ofMillis(millis)) : remote;
        }

        /** Once it hangs there. */
        void ends(Crew crew, Crew.Member<CallException> call, Phase phase) throws Exception {
            if (this == INTERRUPT) {
                Wait.until("it waits", () -> waits(call));
                call.thread().interrupt();
                CallException e = crew.await(call);
                expect(
                        "interrupted in " + phase + ": " + e,
                        e instanceof CancelledException && e.phase().equals(phase));
            } else {
                tooSlow(crew, call, phase);
            }
        }
    }

    /** On a busy machine it may not even have come to that phase. */
    private static void tooSlow(Crew crew, Crew.Member<CallException> call, Phase latest) throws Exception {
        CallException e = crew.await(call);
        expect(
                "too slow by " + latest + ": " + e,
                e instanceof DeadlineExceededException && e.phase().compareTo(latest) <= 0);
    }

    private static void inEachPhase(Crew crew, Ending ending) throws Exception {
        inQueueAndRead(crew, ending);
        inDns(crew, ending);
        inConnect(crew, ending);
        inOpen(crew, ending);
        inWrite(crew, ending);
    }

    private static void inQueueAndRead(Crew crew, Ending ending) throws Exception {
        try (FaultServer server =
                        FaultServer.start(FaultServer.script().readLine().stall());
                Client client = client(ClientOptions.builder().permitsPerEndpoint(1))) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Crew.Member<CallException> holder = crew.start(() -> failure(remote));
            server.awaitRequests(1, PATIENCE);
            Crew.Member<CallException> queued = crew.start(() -> failure(ending.before(100, remote)));
            await(queued, () -> client.stats().waiting() == 1);
            ending.ends(crew, queued, Phase.QUEUE);
            Ending.INTERRUPT.ends(crew, holder, Phase.READ);
            Crew.Member<CallException> reading = crew.start(() -> failure(ending.before(100, remote)));
            await(reading, () -> server.requests() == 2);
            ending.ends(crew, reading, Phase.READ);
            Rest.check(client);
        }
    }

    /** Until the call is that far; a deadline may have ended it before, where the machine is busy. */
    private static void await(Crew.Member<CallException> call, BooleanSupplier there) {
        Wait.until("it is there", () -> there.getAsBoolean() || call.task().isDone());
    }

    private static void inDns(Crew crew, Ending ending) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Dns hangs = host -> {
            asked.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                throw new UnknownHostException("interrupted");
            }
            return List.of(loopback());
        };
        try (Client client = client(ClientOptions.builder().dns(hangs))) {
            Remote<String, String> remote = client.remote(Endpoint.of("hangs.test", 1), Codecs.lines());
            Crew.Member<CallException> call = crew.start(() -> failure(ending.before(100, remote)));
            await(call, () -> asked.getCount() == 0);
            ending.ends(crew, call, Phase.DNS);
            answer.countDown();
            Rest.check(client);
        }
    }

    private static void inConnect(Crew crew, Ending ending) throws Exception {
        try (DeadPort hole = FaultServer.blackhole();
                Client client = client(ClientOptions.builder())) {
            Remote<String, String> remote = client.remote(Endpoint.of(hole.host(), hole.port()), Codecs.lines());
            Crew.Member<CallException> call = crew.start(() -> failure(ending.before(100, remote)));
            await(call, () -> client.stats().permitsOut() == 1);
            ending.ends(crew, call, Phase.CONNECT);
            Rest.check(client);
        }
    }

    private static void inOpen(Crew crew, Ending ending) throws Exception {
        CountDownLatch opening = new CountDownLatch(1);
        try (FaultServer server = FaultServer.start(FaultServer.script().stall());
                Client client = client(ClientOptions.builder())) {
            Remote<String, String> remote = client.remote(at(server), new Greeted(opening::countDown));
            Crew.Member<CallException> call = crew.start(() -> failure(ending.before(100, remote)));
            await(call, () -> opening.getCount() == 0);
            ending.ends(crew, call, Phase.OPEN);
            Rest.check(client);
        }
    }

    private static void inWrite(Crew crew, Ending ending) throws Exception {
        byte[] request = new byte[MORE_THAN_THE_KERNEL_TAKES];
        CountDownLatch opened = new CountDownLatch(1);
        Observer watching = new Observer() {
            @Override
            public void opened(ConnectionOpened event) {
                opened.countDown();
            }
        };
        try (FaultServer server = FaultServer.start(FaultServer.script().neverRead());
                Client client = client(ClientOptions.builder()
                        .permitsTotal(8)
                        .permitsPerEndpoint(8)
                        .maxFrame(request.length)
                        .observer(watching))) {
            Remote<byte[], byte[]> remote = client.remote(at(server), Codecs.fixed(request.length));
            Crew.Member<CallException> call = crew.start(() -> failure(ending.before(200, remote), request));
            await(call, () -> opened.getCount() == 0);
            ending.ends(crew, call, Phase.WRITE);
            Rest.check(client);
        }
    }

    /** Made by whoever directs, outside of the JVM's virtual threads. */
    private static final class Tls {
        static final TestCertificate CERTIFICATE = TestCertificate.of("127.0.0.1");
        static final Script ACCEPTS = FaultServer.script().startTls(CERTIFICATE.server());

        static Endpoint at(FaultServer server) {
            return Endpoint.tls(server.host(), server.port());
        }

        static ClientOptions.Builder trusting() {
            return ClientOptions.builder().tls(TlsOptions.defaults().context(CERTIFICATE.client()));
        }
    }

    static void handshakesAndCallsUnderTls(Crew crew) throws Exception {
        try (FaultServer server = FaultServer.start(Tls.ACCEPTS.run(OK));
                Client client = client(Tls.trusting().permitsPerEndpoint(2))) {
            Remote<String, String> remote = client.remote(Tls.at(server), Codecs.lines());
            crew.start(10, i -> () -> {
                for (int n = 0; n < 10; n++) {
                    ok(remote);
                    if (n == i) {
                        client.evict(Tls.at(server));
                    }
                }
                return null;
            });
            crew.await();
            expect("there were several handshakes", server.connections() > 1);
            Rest.check(client);
        }
    }

    static void handshakesAndWritesOfTlsThatStall(Crew crew) throws Exception {
        byte[] request = new byte[MORE_THAN_THE_KERNEL_TAKES];
        Duration patience = Duration.ofMillis(300);
        try (FaultServer hangs =
                        FaultServer.start(FaultServer.script().readClientHello().stall());
                FaultServer neverReads = FaultServer.start(Tls.ACCEPTS.neverRead());
                Client client = client(
                        Tls.trusting().permitsTotal(16).permitsPerEndpoint(16).maxFrame(request.length))) {
            Remote<String, String> hanging = client.remote(Tls.at(hangs), Codecs.lines());
            List<Crew.Member<CallException>> handshakes = crew.start(2, i -> () -> failure(hanging.within(patience)));
            Crew.Member<CallException> interrupted = crew.start(() -> failure(hanging));
            hangs.awaitRequests(3, PATIENCE);
            Ending.INTERRUPT.ends(crew, interrupted, Phase.TLS);
            for (Crew.Member<CallException> one : handshakes) {
                tooSlow(crew, one, Phase.TLS);
            }
            Remote<byte[], byte[]> stalling = client.remote(Tls.at(neverReads), Codecs.fixed(request.length));
            for (int n = 0; n < 2; n++) {
                tooSlow(crew, crew.start(() -> failure(stalling.within(patience), request)), Phase.WRITE);
            }
            Rest.check(client);
        }
    }

    static void aLongStreamBesidePings(Crew crew) throws Exception {
        int mebibytes = 64;
        Script stream = FaultServer.script()
                .readLine()
                .run(FaultServer.script().reply(new byte[1 << 20]).repeat(mebibytes))
                .stall();
        try (FaultServer files = FaultServer.start(stream);
                FaultServer server = FaultServer.start(OK);
                Client client = client(ClientOptions.builder())) {
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            AtomicBoolean over = new AtomicBoolean();
            crew.start(() -> {
                while (!over.get()) {
                    ok(remote);
                }
                return null;
            });
            Crew.Member<Long> bytes = crew.start(() -> {
                try (Lease lease = client.lease(at(files))) {
                    lease.output().write('\n');
                    byte[] buffer = new byte[64 << 10];
                    long read = 0;
                    while (read < (long) mebibytes << 20) {
                        read += lease.input().read(buffer);
                    }
                    return read;
                } finally {
                    over.set(true);
                }
            });
            expect("the stream is whole", crew.await(bytes) == (long) mebibytes << 20);
            crew.await();
            Rest.check(client);
        }
    }

    private static Client client(ClientOptions.Builder options) {
        return Client.create(options.drain(Duration.ZERO).build());
    }

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static InetAddress loopback() throws UnknownHostException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    private static boolean ok(Remote<String, String> remote) {
        expect("the reply is its own", remote.call("x").equals("ok"));
        return true;
    }

    private static CallException failure(Remote<String, String> remote) {
        return failure(remote, "x");
    }

    /** The failure this call ends with; that it keeps an interrupt is held here too. */
    private static <Q> CallException failure(Remote<Q, ?> remote, Q request) {
        try {
            remote.call(request);
        } catch (CallException e) {
            boolean interrupted = Thread.currentThread().isInterrupted();
            boolean cut = e.reason().contains("closed");
            expect("the flag is kept: " + e, interrupted == (e instanceof CancelledException && !cut));
            return e;
        }
        throw new AssertionError("a reply came");
    }

    private static boolean waits(Crew.Member<?> member) {
        return member.thread().getState() == Thread.State.WAITING;
    }

    private static void expect(String what, boolean holds) {
        if (!holds) {
            throw new AssertionError("not so: " + what);
        }
    }
}
