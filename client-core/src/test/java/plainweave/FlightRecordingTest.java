package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.RejectedException;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.dns.DnsCache;
import plainweave.observe.jfr.Recorded;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.time.Watchdog;

/** What a flight recording shows: what was slow, where and why, and nothing that is nobody's business. */
class FlightRecordingTest {
    /** Over the events' own thresholds. */
    private static final Duration SLOW = Duration.ofMillis(30);

    private static final String PASSWORD = "open sesame";

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static Endpoint at(FaultServer server) {
        return Endpoint.of(server.host(), server.port());
    }

    private static Script answering(Duration pause) {
        return FaultServer.script().readLine().pause(pause).reply("1234567\n").repeat();
    }

    private static InetAddress address(String digits) {
        try {
            return InetAddress.getByName(digits);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static void timePasses(Duration time) {
        long start = System.nanoTime();
        Callers.until("time passes", () -> System.nanoTime() - start > time.toNanos());
    }

    private static void assertLasted(RecordedEvent event, Duration atLeast) {
        assertThat(event.getDuration()).isGreaterThanOrEqualTo(onTheRecordersClock(atLeast));
    }

    /** The recorder counts ticks of a clock of its own, whose rate the JVM only estimates: 4 % off nanoTime has been seen. */
    private static Duration onTheRecordersClock(Duration time) {
        return time.multipliedBy(90).dividedBy(100);
    }

    // Exchange

    @Test
    void aSlowCallIsRecordedWithItsTimeByPhase() throws Exception {
        try (FaultServer server = FaultServer.start(answering(SLOW));
                Recorded recorded = Recorded.start()) {
            Remote<String, String> remote =
                    atRest.client().remote(at(server), Codecs.lines()).with(Priority.URGENT);
            long before = System.nanoTime();
            Callers.InFlight<String> call = Callers.onVirtualThread(() -> calledFrom(remote));
            call.await();
            Duration all = Duration.ofNanos(System.nanoTime() - before);

            RecordedEvent event = recorded.only("Exchange");
            assertLasted(event, SLOW);
            assertThat(event.getString("endpoint")).isEqualTo(at(server).toString());
            assertThat(event.getString("priority")).isEqualTo("URGENT");
            assertThat(event.getString("outcome")).isEqualTo("done");
            assertThat(event.getString("phase")).isEqualTo("READ");
            assertThat(event.getBoolean("sent")).isTrue();
            assertThat(event.getBoolean("reused")).isFalse();
            assertThat(event.getInt("attempts")).isEqualTo(1);
            assertThat(event.getLong("bytesOut")).isEqualTo("hello\n".length());
            assertThat(event.getLong("bytesIn")).isEqualTo("1234567\n".length());
            assertThat(event.getDuration("read")).isBetween(SLOW, all);
            assertThat(event.getDuration("tls")).isZero();
            Duration phases = List.of("queue", "dns", "connect", "open", "write", "read").stream()
                    .map(event::getDuration)
                    .reduce(Duration.ZERO, Duration::plus);
            assertThat(phases).isLessThanOrEqualTo(all);
            assertThat(event.getThread().getJavaThreadId())
                    .isEqualTo(call.thread().threadId());
            assertThat(event.getStackTrace().getFrames())
                    .anyMatch(frame -> frame.getMethod().getName().equals("calledFrom"));
        }
    }

    private static String calledFrom(Remote<String, String> remote) {
        return remote.call("hello");
    }

    @Test
    void aFailedCallIsRecordedWithTheKindOfItsFailure() {
        try (FaultServer server = FaultServer.start(FaultServer.script().stall());
                Recorded recorded = Recorded.start()) {
            Remote<String, String> remote =
                    atRest.client().remote(at(server), Codecs.lines()).within(Duration.ofMillis(200));
            assertThatThrownBy(() -> remote.call("x")).isInstanceOf(DeadlineExceededException.class);

            RecordedEvent event = recorded.only("Exchange");
            assertThat(event.getString("outcome")).isEqualTo("DeadlineExceeded");
            assertThat(event.getString("phase")).isEqualTo("READ");
            assertThat(event.getBoolean("sent")).isTrue();
            assertThat(event.getLong("bytesOut")).isEqualTo(2);
            assertThat(event.getLong("bytesIn")).isZero();
        }
    }

    @Test
    void aCallOnASharedConnectionIsRecordedWithItsOwnBytes() {
        try (FaultServer server = FaultServer.start(answering(SLOW));
                Recorded recorded = Recorded.start()) {
            Remote<String, String> remote =
                    atRest.client(ClientOptions.builder().pipelineDepth(4)).remote(at(server), new PipelinedLines());
            remote.call("hello");
            remote.call("hello, hello");

            assertThat(recorded.all("Exchange"))
                    .extracting(event -> event.getLong("bytesOut"), event -> event.getLong("bytesIn"))
                    .containsExactly(tuple(6L, 8L), tuple(13L, 8L));
        }
    }

    @Test
    void aLeaseAndAStreamAreRecordedUntilTheyAreClosed() throws Exception {
        Script list = FaultServer.script().readLine().reply("one\ntwo\n.\n");
        try (FaultServer server = FaultServer.start(list.repeat());
                Recorded recorded = Recorded.start()) {
            Client client = atRest.client();
            try (Lease lease = client.lease(at(server))) {
                lease.output().write("hello\n".getBytes(StandardCharsets.UTF_8));
                lease.input().readNBytes("one\ntwo\n.\n".length());
                timePasses(SLOW);
            }
            try (Replies<String> replies =
                    client.remote(at(server), new ListedLines()).with(Priority.BACKGROUND).stream("list")) {
                replies.forEach(reply -> {});
                timePasses(SLOW); // it is over already: it ended with its last reply
            }
            try (Replies<String> replies =
                    client.remote(at(server), new ListedLines()).with(Priority.URGENT).stream("list")) {
                assertThat(replies.iterator().next()).isEqualTo("one");
                timePasses(SLOW);
            }

            List<RecordedEvent> events = recorded.all("Exchange");
            assertThat(events).extracting(event -> event.getString("priority")).contains("NORMAL", "URGENT");
            RecordedEvent lease = events.getFirst();
            assertLasted(lease, SLOW);
            assertThat(lease.getDuration("read")).isLessThan(lease.getDuration().minus(onTheRecordersClock(SLOW)));
            assertThat(lease.getLong("bytesOut")).isEqualTo(6);
            assertThat(lease.getLong("bytesIn")).isEqualTo(10);
            RecordedEvent stream = events.getLast();
            assertLasted(stream, SLOW);
            assertThat(stream.getLong("bytesOut")).isEqualTo(5);
            assertThat(stream.getLong("bytesIn")).isBetween(4L, 10L);
        }
    }

    @Test
    void aCallUnderItsThresholdIsNotRecorded() {
        try (FaultServer server = FaultServer.start(answering(SLOW));
                Recorded recorded = Recorded.startOver(Duration.ofMinutes(1))) {
            atRest.client().remote(at(server), Codecs.lines()).call("x");

            assertThat(recorded.all()).isEmpty();
        }
    }

    @Test
    void nothingOfACallBeforeTheRecordingIsInIt() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        FaultServer.Gate asked = FaultServer.gate();
        try (FaultServer server = FaultServer.start(
                FaultServer.script().readLine().open(asked).await(answer).reply("late\n"))) {
            Remote<String, String> remote = atRest.client().remote(at(server), Codecs.lines());
            Callers.InFlight<String> call = Callers.onVirtualThread(() -> remote.call("x"));
            asked.await(Duration.ofSeconds(20));
            try (Recorded recorded = Recorded.startOver(Duration.ZERO)) {
                answer.open();
                assertThat(call.await()).isEqualTo("late");

                assertThat(recorded.all()).isEmpty();
            }
        }
    }

    @Test
    void noRequestReplyOrPasswordIsRecorded() {
        Script loggedIn = FaultServer.script().readLine().reply("welcome\n").run(answering(Duration.ZERO));
        try (FaultServer server = FaultServer.start(loggedIn);
                Recorded recorded = Recorded.startOver(Duration.ZERO)) {
            Remote<String, String> remote = atRest.client().remote(at(server), new LoginLines(PASSWORD));
            remote.call("a secret");
            server.play(FaultServer.script().readLine().reply("no\n"));
            assertThatThrownBy(() -> atRest.client()
                            .remote(at(server), new LoginLines(PASSWORD))
                            .call("a secret"))
                    .isInstanceOf(CallException.class);

            assertThat(recorded.all("Exchange")).hasSize(2);
            assertThat(recorded.all())
                    .allSatisfy(event -> assertThat(event.toString())
                            .doesNotContain("secret")
                            .doesNotContain("1234567")
                            .doesNotContain(PASSWORD));
        }
    }

    // QueueWait

    @Test
    void aWaitForAPermitIsRecordedWithThePositionInTheQueue() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        try (FaultServer server = FaultServer.start(FaultServer.script()
                        .readLine()
                        .await(answer)
                        .reply("ok\n")
                        .repeat());
                Recorded recorded = Recorded.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("x"));
            Callers.until("one is served", () -> client.stats().permitsOut() == 1);
            Callers.InFlight<String> first = Callers.onVirtualThread(
                    () -> remote.with(Priority.BACKGROUND).call("x"));
            Callers.until("one waits", () -> client.stats().waiting() == 1);
            Callers.InFlight<String> second =
                    Callers.onVirtualThread(() -> remote.with(Priority.URGENT).call("x"));
            Callers.until("two wait", () -> client.stats().waiting() == 2);
            assertThatThrownBy(() -> remote.within(Duration.ofMillis(100)).call("x"))
                    .isInstanceOf(DeadlineExceededException.class);
            answer.open();
            for (Callers.InFlight<String> call : List.of(served, first, second)) {
                assertThat(call.await()).isEqualTo("ok");
            }

            List<RecordedEvent> waits = recorded.all("QueueWait");
            assertThat(waits)
                    .extracting(
                            event -> event.getString("priority"),
                            event -> event.getInt("position"),
                            event -> event.getString("outcome"))
                    .containsExactly(
                            tuple("NORMAL", 2, "DeadlineExceeded"),
                            tuple("URGENT", 1, "done"),
                            tuple("BACKGROUND", 0, "done"));
            assertThat(waits).allSatisfy(wait -> {
                assertThat(wait.getString("endpoint")).isEqualTo(at(server).toString());
                assertLasted(wait, Duration.ofMillis(10));
                assertThat(wait.getStackTrace().getFrames())
                        .anyMatch(frame -> frame.getMethod()
                                .getType()
                                .getName()
                                .equals(getClass().getName()));
            });
        }
    }

    @Test
    void whoFindsAPermitFreeDoesNotWait() {
        try (FaultServer server = FaultServer.start(answering(Duration.ZERO));
                Recorded recorded = Recorded.startOver(Duration.ZERO)) {
            atRest.client().remote(at(server), Codecs.lines()).call("x");

            assertThat(recorded.all("QueueWait")).isEmpty();
            assertThat(recorded.only("Exchange").getString("outcome")).isEqualTo("done");
        }
    }

    // DnsLookup

    @Test
    void aSlowLookupIsRecorded() {
        Dns slow = host -> {
            timePasses(SLOW);
            return List.of(address("127.0.0.1"), address("127.0.0.2"));
        };
        try (FaultServer server = FaultServer.start(answering(Duration.ZERO));
                Recorded recorded = Recorded.start()) {
            Client client = atRest.client(ClientOptions.builder().dns(slow));
            client.remote(Endpoint.of("slow.test", server.port()), Codecs.lines())
                    .call("x");

            RecordedEvent event = recorded.only("DnsLookup");
            assertLasted(event, SLOW);
            assertThat(event.getString("host")).isEqualTo("slow.test");
            assertThat(event.getInt("addresses")).isEqualTo(2);
            assertThat(event.getString("source")).isEqualTo("LOOKUP");
            assertThat(event.getString("failure")).isNull();
            assertThat(recorded.only("Exchange").getDuration("dns"))
                    .isGreaterThanOrEqualTo(onTheRecordersClock(event.getDuration()));
        }
    }

    @Test
    void aLookupTellsWhereTheAddressesComeFrom() throws Exception {
        AtomicBoolean broken = new AtomicBoolean();
        AtomicLong now = new AtomicLong();
        Dns dns = host -> {
            if (broken.get()) {
                throw new UnknownHostException(host + " is not known");
            }
            return List.of(address("127.0.0.1"));
        };
        DnsCache.Settings settings = new DnsCache.Settings(Duration.ofSeconds(30), Duration.ZERO);
        try (Watchdog watchdog = new Watchdog("plainweave-recorded");
                DnsCache cache = new DnsCache(settings, dns, watchdog, now::get, answer -> {});
                Recorded recorded = Recorded.startOver(Duration.ZERO)) {
            Deadline deadline = Deadline.after(Duration.ofSeconds(20));
            cache.resolve("127.0.0.1", deadline);
            cache.resolve("one.test", deadline);
            cache.resolve("one.test", deadline);
            broken.set(true);
            now.addAndGet(settings.ttl().plusSeconds(1).toNanos());
            cache.resolve("one.test", deadline);
            assertThatThrownBy(() -> cache.resolve("two.test", deadline)).isInstanceOf(UnknownHostException.class);

            List<RecordedEvent> events = recorded.all("DnsLookup");
            assertThat(events)
                    .extracting(event -> event.getString("source"))
                    .containsExactly("LOOKUP", "CACHE", "STALE", null);
            assertThat(events.getLast().getString("failure")).isEqualTo("two.test is not known");
            assertThat(events.getLast().getInt("addresses")).isZero();
        }
    }

    // Connect

    @Test
    void aConnectThatHadToTryAnotherAddressIsRecorded() {
        try (EchoServer live = EchoServer.start(Thread.ofPlatform());
                DeadPort hole = FaultServer.blackholeAt(new InetSocketAddress("127.0.0.2", live.port()));
                Recorded recorded = Recorded.start()) {
            Dns dns = Dns.fixed(Map.of("two.test", List.of(address(hole.host()), address(live.host()))));
            Endpoint endpoint = Endpoint.of("two.test", live.port());
            atRest.client(ClientOptions.builder().dns(dns))
                    .remote(endpoint, Codecs.lines())
                    .call("x");
            atRest.closeAll();

            RecordedEvent event = recorded.only("Connect");
            assertThat(event.getString("endpoint")).isEqualTo(endpoint.toString());
            assertThat(event.getString("address")).isEqualTo("127.0.0.1:" + live.port());
            assertThat(event.getInt("attempts")).isEqualTo(2);
            assertThat(event.getString("failure")).isNull();
            assertLasted(event, Duration.ofMillis(250));
        }
    }

    @Test
    void aConnectThatFailsIsRecordedWithTheReason() {
        try (DeadPort port = FaultServer.refusing();
                Recorded recorded = Recorded.startOver(Duration.ZERO)) {
            Remote<String, String> remote =
                    atRest.client().remote(Endpoint.of(port.host(), port.port()), Codecs.lines());
            assertThatThrownBy(() -> remote.call("x")).isInstanceOf(UnreachableException.class);

            RecordedEvent event = recorded.only("Connect");
            assertThat(event.getString("address")).isNull();
            assertThat(event.getInt("attempts")).isEqualTo(1);
            assertThat(event.getString("failure")).contains("Connection refused");
            assertThat(recorded.only("Exchange").getString("outcome")).isEqualTo("Unreachable");
        }
    }

    // TlsHandshake

    @Test
    void aSlowHandshakeIsRecordedWithWhatWasAgreedOn() {
        Script slow = FaultServer.script().pause(SLOW).run(TlsPeers.TLS_ECHO_LINES);
        try (FaultServer server = FaultServer.start(slow);
                Recorded recorded = Recorded.start()) {
            Client client = atRest.client(TlsPeers.options());
            Remote<String, String> remote = client.remote(TlsPeers.at(server), Codecs.lines());
            remote.call("x");
            client.evict(remote.endpoint());
            remote.call("x");

            List<RecordedEvent> events = recorded.all("TlsHandshake");
            assertThat(events).extracting(event -> event.getBoolean("resumed")).containsExactly(false, true);
            assertThat(events).allSatisfy(event -> {
                assertLasted(event, SLOW);
                assertThat(event.getString("endpoint"))
                        .isEqualTo(remote.endpoint().toString());
                assertThat(event.getString("address")).isEqualTo("127.0.0.1:" + server.port());
                assertThat(event.getString("protocol")).isEqualTo("TLSv1.3");
                assertThat(event.getString("cipherSuite")).startsWith("TLS_");
                assertThat(event.getString("failure")).isNull();
            });
        }
    }

    @Test
    void aHandshakeOfAnotherLibrarysSocketIsRecordedToo() throws IOException {
        Script slow = FaultServer.script().pause(SLOW).run(TlsPeers.TLS_ECHO_LINES);
        try (FaultServer server = FaultServer.start(slow);
                Recorded recorded = Recorded.start();
                Socket socket =
                        atRest.client(TlsPeers.options()).sslSocketFactory().createSocket("peer.test", server.port())) {
            socket.getOutputStream().write("x\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readNBytes(2)).hasSize(2);

            RecordedEvent event = recorded.only("TlsHandshake");
            assertLasted(event, SLOW);
            assertThat(event.getString("address")).isEqualTo("127.0.0.1:" + server.port());
            assertThat(event.getBoolean("resumed")).isFalse();
        }
    }

    @Test
    void aHandshakeThatFailsIsRecordedWithTheReason() {
        Script refusing = FaultServer.script().readClientHello().tlsAlert(40);
        Script hanging = FaultServer.script().readClientHello().stall();
        try (FaultServer server = FaultServer.start(refusing);
                Recorded recorded = Recorded.startOver(Duration.ZERO)) {
            Remote<String, String> remote =
                    atRest.client(TlsPeers.options()).remote(TlsPeers.at(server), Codecs.lines());
            assertThatThrownBy(() -> remote.call("x")).isInstanceOf(UnreachableException.class);
            server.play(hanging);
            Remote<String, String> impatient = atRest.client(TlsPeers.options())
                    .remote(TlsPeers.at(server), Codecs.lines())
                    .within(Duration.ofMillis(500));
            assertThatThrownBy(() -> impatient.call("x"))
                    .isInstanceOfSatisfying(
                            DeadlineExceededException.class,
                            failure -> assertThat(failure.phase()).isEqualTo(Phase.TLS));

            assertThat(recorded.all("TlsHandshake"))
                    .extracting(event -> event.getString("failure"))
                    .satisfiesExactly(
                            refused -> assertThat(refused).contains("handshake_failure"),
                            cut -> assertThat(cut).contains("too slow"));
        }
    }

    // Leak and Shed

    @Test
    void aLeaseHeldForLongIsRecordedWithWhoTookItAndWhere() throws Exception {
        Duration soon = Duration.ofMillis(50);
        try (EchoServer server = EchoServer.start();
                Logged log = Logged.by(Leases.class);
                Recorded recorded = Recorded.start()) {
            Client client = atRest.client(ClientOptions.builder().leakAfter(soon));
            Callers.InFlight<Void> holder = Callers.onPlatformThread(() -> {
                Thread.currentThread().setName("forgetful");
                try (Lease lease = client.lease(Endpoint.of(server.host(), server.port()))) {
                    Callers.until("it is reported", () -> !atRest.reports.leaked.isEmpty());
                    Reference.reachabilityFence(lease);
                }
                return null;
            });
            holder.await();

            RecordedEvent event = recorded.only("Leak");
            assertThat(event.getString("endpoint")).isEqualTo(server.host() + ":" + server.port());
            assertThat(event.getString("what")).isEqualTo("lease");
            assertThat(event.getBoolean("lost")).isFalse();
            assertThat(event.getDuration("held")).isGreaterThanOrEqualTo(soon);
            assertThat(event.getString("holder")).isEqualTo("forgetful");
            assertThat(event.getString("takenAt"))
                    .contains(getClass().getName())
                    .contains("LeaseHeldForLong");
            assertThat(log.with("is held and not closed")).hasSize(1);
        }
    }

    @Test
    void aCallThatIsShedIsRecordedWithThePriorityItMadeRoomFor() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        try (FaultServer server = FaultServer.start(FaultServer.script()
                        .readLine()
                        .await(answer)
                        .reply("ok\n")
                        .repeat());
                Recorded recorded = Recorded.start()) {
            Client client =
                    atRest.client(ClientOptions.builder().permitsPerEndpoint(1).queuePerEndpoint(1));
            Remote<String, String> remote = client.remote(at(server), Codecs.lines());
            Callers.InFlight<String> served = Callers.onVirtualThread(() -> remote.call("x"));
            Callers.until("one is served", () -> client.stats().permitsOut() == 1);
            Callers.InFlight<String> bulk = Callers.onVirtualThread(
                    () -> remote.with(Priority.BACKGROUND).call("x"));
            Callers.until("one waits", () -> client.stats().waiting() == 1);
            Callers.InFlight<String> urgent =
                    Callers.onVirtualThread(() -> remote.with(Priority.URGENT).call("x"));
            assertThatThrownBy(bulk::await).isInstanceOf(RejectedException.class);
            assertThatThrownBy(() -> remote.call("x")).isInstanceOf(RejectedException.class);
            answer.open();
            assertThat(served.await()).isEqualTo("ok");
            assertThat(urgent.await()).isEqualTo("ok");

            List<RecordedEvent> events = recorded.all("Shed");
            assertThat(events)
                    .extracting(event -> event.getString("priority"), event -> event.getString("inFavourOf"))
                    .containsExactly(tuple("BACKGROUND", "URGENT"), tuple("NORMAL", null));
            assertThat(events)
                    .extracting(event -> event.getString("endpoint"))
                    .containsOnly(at(server).toString());
            assertThat(events.getLast().getString("why")).contains("queuePerEndpoint is 1");
        }
    }
}
