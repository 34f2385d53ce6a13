package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.observe.ConnectionOpened;
import plainweave.pool.Neighbours;

/** A client whose names move: it goes where they point, and what it had elsewhere is given up. */
class FollowDnsTest {
    private static final String HOST = "moves.test";

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private volatile Dns answers = Neighbours.answering(1);

    /** The housekeeper comes round every 20 ms, and asks for what it has connections to. */
    private Client client() {
        return atRest.client(ClientOptions.builder()
                .dns(host -> answers.resolve(host))
                .dnsTtl(Duration.ofMillis(40))
                .dnsNegativeTtl(Duration.ofMillis(1))
                .leakAfter(Duration.ofMillis(80)));
    }

    private List<Reason> reasons() {
        return atRest.reports.closed.stream().map(ConnectionClosed::reason).toList();
    }

    @Test
    void callsFollowANameThatMovesAndNoneIsLost() throws Exception {
        try (Neighbours servers = Neighbours.start(2)) {
            Client client = client();
            Remote<String, String> remote = client.remote(Endpoint.of(HOST, servers.port()), Codecs.lines());
            AtomicBoolean over = new AtomicBoolean();
            List<Callers.InFlight<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                callers.add(Callers.onVirtualThread(() -> {
                    int calls = 0;
                    for (; !over.get(); calls++) {
                        assertThat(remote.call("line " + calls)).isEqualTo("line " + calls);
                        Thread.yield();
                    }
                    return calls;
                }));
            }
            Callers.until("they call the first", () -> servers.server(1).bytes() > 1_000);
            answers = Neighbours.answering(2);
            Callers.until("the first is left", () -> servers.server(1).open() == 0);
            long then = servers.server(2).bytes();
            Callers.until("they call the second", () -> servers.server(2).bytes() > then + 1_000);
            over.set(true);
            for (Callers.InFlight<Integer> caller : callers) {
                assertThat(caller.await()).isPositive();
            }
            assertThat(reasons()).isNotEmpty().containsOnly(Reason.MOVED);
        }
    }

    @Test
    void idleConnectionsToAnAddressThatWentAreClosedThoughNobodyCalls() throws Exception {
        try (Neighbours servers = Neighbours.start(2)) {
            Client client = client();
            Remote<String, String> remote = client.remote(Endpoint.of(HOST, servers.port()), Codecs.lines());
            remote.warm(3);
            remote.warm(0);
            answers = Neighbours.answering(2);
            Callers.until("they are closed", () -> reasons().size() == 3);
            assertThat(reasons()).containsExactly(Reason.MOVED, Reason.MOVED, Reason.MOVED);
            assertThat(remote.call("x")).isEqualTo("x");
            assertThat(servers.server(2).connections()).isEqualTo(1);
        }
    }

    @Test
    void aLeaseToAnAddressThatWentIsItsHoldersToTheEndAndNobodysAfterwards() throws Exception {
        try (Neighbours servers = Neighbours.start(2)) {
            Client client = client();
            Endpoint endpoint = Endpoint.of(HOST, servers.port());
            try (Lease lease = client.lease(endpoint)) {
                Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
                assertThat(remote.call("x")).isEqualTo("x");
                answers = Neighbours.answering(2);
                Callers.until("the other connection is closed", () -> reasons().equals(List.of(Reason.MOVED)));
                lease.output().write('x');
                assertThat(lease.input().read()).isEqualTo('x');
                lease.keep();
            }
            assertThat(reasons()).containsExactly(Reason.MOVED, Reason.MOVED);
        }
    }

    @Test
    void aNameThatCouldNotBeLookedUpIsLookedUpAgainByTheNextCall() throws Exception {
        try (Neighbours servers = Neighbours.start(1)) {
            answers = host -> {
                throw new IOException("timed out");
            };
            Client client = client();
            Remote<String, String> remote = client.remote(Endpoint.of(HOST, servers.port()), Codecs.lines());
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> remote.call("x"))
                        .hasMessageContaining("timed out")
                        .hasMessageNotContaining("not tried");
            }
            answers = Neighbours.answering(1);
            assertThat(remote.call("x")).isEqualTo("x");
        }
    }

    @Test
    void aLookupThatTakesTooLongIsNoOutage() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (Neighbours servers = Neighbours.start(1)) {
            Client client = atRest.client(ClientOptions.builder()
                    .dns(host -> {
                        Callers.until("it may answer", () -> answer.getCount() == 0);
                        return Neighbours.answering(1).resolve(host);
                    })
                    .connectTimeout(Duration.ofMillis(100)));
            Remote<String, String> remote = client.remote(Endpoint.of(HOST, servers.port()), Codecs.lines());
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> remote.call("x"))
                        .hasMessageContaining("no connection within connectTimeout 100 ms")
                        .hasMessageNotContaining("not tried");
            }
            answer.countDown();
            assertThat(remote.call("x")).isEqualTo("x");
        }
    }

    @Test
    void aResolverThatFailsAndComesBackIsNoOutage() throws Exception {
        for (IOException failure : List.of(new UnknownHostException(HOST), new IOException("timed out"))) {
            try (Neighbours servers = Neighbours.start(2)) {
                answers = Neighbours.answering(1);
                Client client = client();
                Endpoint endpoint = Endpoint.of(HOST, servers.port());
                Remote<String, String> remote = client.remote(endpoint, Codecs.lines());
                assertThat(remote.call("x")).isEqualTo("x");
                answers = host -> {
                    throw failure;
                };
                Callers.until("lookups fail", () -> client.stats().dnsFailures() >= 3);
                for (int i = 0; i < 10; i++) {
                    assertThat(remote.call("x")).isEqualTo("x");
                    client.evict(endpoint); // the next one dials, from the last answer
                }
                assertThat(reasons()).doesNotContain(Reason.MOVED);

                answers = Neighbours.answering(1);
                assertThat(remote.call("back")).isEqualTo("back");
                answers = Neighbours.answering(2);
                Callers.until("what was there before is left", () -> reasons().contains(Reason.MOVED));
                assertThat(remote.call("moved")).isEqualTo("moved");
                assertThat(servers.server(2).connections()).isEqualTo(1);
                assertThat(servers.server(1).connections()).isGreaterThanOrEqualTo(10);
                atRest.reports.closed.clear();
            }
        }
    }

    @Test
    void aNewAddressGetsItsShareAtOnce() throws Exception {
        try (Neighbours servers = Neighbours.start(2)) {
            Client client = client();
            Remote<String, String> remote = client.remote(Endpoint.of(HOST, servers.port()), Codecs.lines());
            remote.warm(8);
            answers = Neighbours.answering(1, 2);
            Callers.until(
                    "half of them have gone over",
                    () -> servers.server(1).open() == 4 && servers.server(2).open() == 4);
            remote.warm(0);
            Callers.until("that is told", () -> reasons().size() >= 4);
            assertThat(reasons()).hasSize(4).containsOnly(Reason.MOVED);
        }
    }

    // Hosts that lead nowhere

    @Test
    void aScopeThatThisMachineDoesNotHaveIsUnreachableAndNamed() {
        Client client = atRest.client(ClientOptions.builder().dns(host -> {
            throw new AssertionError("asked for " + host);
        }));
        Remote<String, String> remote = client.remote(Endpoint.parse("[fe80::1%nosuch]:7"), Codecs.lines());
        UnreachableException failure = catchThrowableOfType(UnreachableException.class, () -> remote.call("x"));
        assertThat(failure).hasMessageContaining("[fe80::1%nosuch]:7").hasMessageContaining("no such interface nosuch");
        assertThat(failure.phase()).isEqualTo(Phase.DNS);
        assertThat(failure.attempts()).hasSize(1);
    }

    @Test
    void aScopeThatThisMachineHasIsUsed() throws Exception {
        NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getByName("::1"));
        Assumptions.assumeTrue(loopback != null, "no ::1 here");
        try (Neighbours servers = Neighbours.startAt(InetAddress.getByName("::1"))) {
            Remote<String, String> remote =
                    atRest.client().remote(Endpoint.of("::1%" + loopback.getName(), servers.port()), Codecs.lines());
            assertThat(remote.call("x")).isEqualTo("x");
            assertThat(atRest.reports.opened)
                    .extracting(ConnectionOpened::address)
                    .singleElement()
                    .asString()
                    .startsWith("[0:0:0:0:0:0:0:1%" + loopback.getName() + "]:");
        }
    }

    @Test
    void aResolverThatGivesNothingUsableIsUnreachableInDnsAndSaysWhy() {
        for (Dns wrong : List.<Dns>of(
                host -> List.of(),
                host -> {
                    throw new IllegalStateException("mine");
                },
                host -> {
                    throw new StackOverflowError("mine");
                })) {
            Remote<String, String> remote =
                    atRest.client(ClientOptions.builder().dns(wrong)).remote(Endpoint.of("db.test", 7), Codecs.lines());
            UnreachableException failure = catchThrowableOfType(UnreachableException.class, () -> remote.call("x"));
            assertThat(failure.phase()).isEqualTo(Phase.DNS);
            assertThat(failure).hasMessageContaining("db.test").hasMessageMatching("(?s).*(mine|has no address).*");
        }
    }
}
