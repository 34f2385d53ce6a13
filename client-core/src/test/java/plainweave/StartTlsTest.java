package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.UnreachableException;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.codec.Opening;
import plainweave.observe.ConnectionClosed.Reason;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

/** A connection that begins in plain and goes over to TLS, set up by a codec or by a lease's own code. */
class StartTlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Script ASKED = FaultServer.script().readLine();
    private static final Script UPGRADES = ASKED.reply("go\n")
            .startTls(TlsPeers.CERTIFICATE.server(), socket -> {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"lines"});
                socket.setSSLParameters(parameters);
            })
            .run(TlsPeers.ECHO_LINES);

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final FaultServer.Gate asked = FaultServer.gate();
    private final FaultServer.Gate injected = FaultServer.gate();

    /** Lines, after the words that lead to TLS. */
    private static final class UpgradedLines implements LinesCodec {
        final Queue<String> agreed = new ConcurrentLinkedQueue<>();
        private final Runnable beforeTls;

        UpgradedLines(Runnable beforeTls) {
            this.beforeTls = beforeTls;
        }

        @Override
        public Codec<String, String> open(Opening on) throws IOException {
            Codecs.lines().write("STARTTLS", on.out());
            on.out().flush();
            String answer = Codecs.lines().read("STARTTLS", on.in());
            if (!answer.equals("go")) {
                throw new IOException("refused: " + answer);
            }
            beforeTls.run();
            agreed.add("before: " + on.applicationProtocol());
            on.startTls();
            agreed.add("after: " + on.applicationProtocol());
            assertThatThrownBy(on::startTls).isInstanceOf(IllegalStateException.class);
            return this;
        }

        @Override
        public Object session() {
            return "secured";
        }
    }

    /** The same, without a word that its connections are not like plain ones. */
    private static final class SecretlyUpgradedLines implements LinesCodec {
        @Override
        public Codec<String, String> open(Opening on) throws IOException {
            new UpgradedLines(() -> {}).open(on);
            return this;
        }
    }

    /** A plain connection of the same route could be given to it, and carry in plain what was to be secured. */
    @Test
    void aCodecThatStartsTlsNeedsASession() {
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            Client client = atRest.client(TlsPeers.options());
            assertThatThrownBy(() -> client.remote(TlsPeers.plainAt(server), new SecretlyUpgradedLines())
                            .call("secret"))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("started TLS, so session() has to tell its connections from plain ones");
        }
    }

    private UnreachableException refused(Endpoint endpoint, UpgradedLines codec) {
        Remote<String, String> remote = atRest.client(TlsPeers.options()).remote(endpoint, codec);
        UnreachableException failure = catchThrowableOfType(UnreachableException.class, () -> remote.call("secret"));
        assertThat(failure).isNotNull();
        assertThat(failure.phase()).isEqualTo(Phase.OPEN);
        assertThat(failure.sent()).isFalse();
        return failure;
    }

    @Test
    void aCodecUpgradesInOpenAndItsExchangesAreSecured() {
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            Client client = atRest.client(TlsPeers.options(TlsPeers.trusting().applicationProtocols("lines", "more")));
            UpgradedLines codec = new UpgradedLines(() -> {});
            Remote<String, String> remote = client.remote(TlsPeers.plainAt(server), codec);
            assertThat(remote.call("one")).isEqualTo("one");
            assertThat(remote.call("two")).isEqualTo("two");
            assertThat(server.connections()).isEqualTo(1);
            assertThat(codec.agreed).containsExactly("before: ", "after: lines");
            assertThat(atRest.reports.secured)
                    .singleElement()
                    .satisfies(one -> assertThat(one.resumed()).isFalse());
            server.assertNoFailures();
        }
    }

    @Test
    void theCertificateHasToBeForTheEndpointsHost() {
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            assertThat(refused(Endpoint.of("other.test", server.port()), new UpgradedLines(() -> {})))
                    .hasMessageContaining("No subject alternative DNS name matching other.test");
        }
    }

    @Test
    void plaintextReadAheadOfTheHandshakeIsRefused() throws Exception {
        try (FaultServer server =
                FaultServer.start(ASKED.reply("go\ninjected\n").readClientHello())) {
            assertThat(refused(TlsPeers.plainAt(server), new UpgradedLines(() -> {})))
                    .hasMessageContaining("9 bytes of plaintext before the TLS handshake");
            server.awaitOpen(0, PATIENCE);
            assertThat(server.requests()).as("no ClientHello").isEqualTo(1);
        }
    }

    @Test
    void plaintextThatNobodyHasReadYetIsRefused() throws Exception {
        Script injecting = ASKED.reply("go\n")
                .await(asked)
                .reply("injected\n")
                .open(injected)
                .readClientHello();
        try (FaultServer server = FaultServer.start(injecting)) {
            assertThat(refused(TlsPeers.plainAt(server), new UpgradedLines(this::untilInjected)))
                    .hasMessageContaining("plaintext before the TLS handshake");
            server.awaitOpen(0, PATIENCE);
            assertThat(server.requests()).as("no ClientHello").isEqualTo(1);
        }
    }

    private void untilInjected() {
        asked.open();
        try {
            injected.await(PATIENCE);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aHandshakeThatHangsInOpenEndsWithTheConnectLimit() {
        try (FaultServer server =
                FaultServer.start(ASKED.reply("go\n").readClientHello().stall())) {
            Client client = atRest.client(TlsPeers.options().connectTimeout(Duration.ofMillis(150)));
            Remote<String, String> remote = client.remote(TlsPeers.plainAt(server), new UpgradedLines(() -> {}));
            assertThatThrownBy(() -> remote.call("x"))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("connectTimeout 150 ms")
                    .hasMessageContaining("OPEN");
        }
    }

    private static void ask(Lease lease) throws IOException {
        lease.output().write("STARTTLS\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(lease.input().readNBytes(3)).isEqualTo("go\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static void exchange(Lease lease) throws IOException {
        lease.output().write("hello\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(lease.input().readNBytes(6)).isEqualTo("hello\n".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aLeaseUpgradesAndIsNotKept() throws IOException {
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            Client client = atRest.client(TlsPeers.options(TlsPeers.trusting().applicationProtocols("lines")));
            try (Lease lease = client.lease(TlsPeers.plainAt(server))) {
                ask(lease);
                assertThat(lease.applicationProtocol()).isEmpty();
                lease.startTls();
                assertThat(lease.applicationProtocol()).isEqualTo("lines");
                exchange(lease);
                lease.keep();
            }
            assertThat(atRest.reports.secured)
                    .singleElement()
                    .satisfies(one -> assertThat(one.endpoint()).isEqualTo(TlsPeers.plainAt(server)));
            assertThat(client.stats().connectionsIdle()).isZero();
            assertThat(atRest.reports.closed)
                    .singleElement()
                    .satisfies(closed -> assertThat(closed.reason()).isEqualTo(Reason.NOT_KEPT));
            server.assertNoFailures();
        }
    }

    @Test
    void aLeaseRefusesPlaintextBeforeTheHandshake() throws Exception {
        Script injecting = ASKED.reply("go\n")
                .await(asked)
                .reply("injected\n")
                .open(injected)
                .readClientHello();
        try (FaultServer server = FaultServer.start(injecting);
                Lease lease = atRest.client(TlsPeers.options()).lease(TlsPeers.plainAt(server))) {
            ask(lease);
            untilInjected();
            assertThatThrownBy(lease::startTls)
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("plaintext before the TLS handshake")
                    .hasMessageContaining(lease.endpoint().toString());
            lease.close();
            server.awaitOpen(0, PATIENCE);
            assertThat(server.requests()).as("no ClientHello").isEqualTo(1);
        }
    }

    @Test
    void aLeasesHandshakeThatHangsEndsAfterSilence() throws IOException {
        try (FaultServer server =
                FaultServer.start(ASKED.reply("go\n").readClientHello().stall())) {
            Client client = atRest.client(TlsPeers.options().silence(Duration.ofMillis(150)));
            try (Lease lease = client.lease(TlsPeers.plainAt(server))) {
                ask(lease);
                assertThatThrownBy(lease::startTls)
                        .isInstanceOfSatisfying(
                                DeadlineExceededException.class,
                                failure -> assertThat(failure.phase()).isEqualTo(Phase.TLS))
                        .hasMessageContaining("silence 150 ms");
            }
        }
    }

    @Test
    void aLeaseThatIsSecuredAlreadySaysSoAndGoesOn() throws IOException {
        try (FaultServer server = FaultServer.start(TlsPeers.TLS_ECHO_LINES)) {
            Client client = atRest.client(TlsPeers.options());
            try (Lease lease = client.lease(TlsPeers.at(server))) {
                assertThatThrownBy(lease::startTls)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("secured by TLS already");
                exchange(lease);
                lease.keep();
            }
            assertThat(client.stats().connectionsIdle()).isEqualTo(1);
        }
    }

    @Test
    void aLeaseWhoseHandshakeMeetsAnErrorIsNotInUseForEver() throws IOException {
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            Client client = atRest.client(TlsPeers.options(TlsOptions.defaults().context(() -> {
                throw new StackOverflowError("on purpose");
            })));
            try (Lease lease = client.lease(TlsPeers.plainAt(server))) {
                ask(lease);
                assertThatThrownBy(lease::startTls).isInstanceOf(StackOverflowError.class);
                assertThatThrownBy(lease::startTls)
                        .as("not: another thread is reading or writing")
                        .isInstanceOf(StackOverflowError.class);
            }
        }
    }

    /** What is written after it would else go out in plain. */
    @Test
    void anErrorInTheMiddleOfAHandshakeEndsTheConnection() throws Exception {
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            Client client = atRest.client(TlsPeers.options(TlsPeers.trusting(TlsPeers.showing(socket -> {
                throw new StackOverflowError("on purpose");
            }))));
            try (Lease lease = client.lease(TlsPeers.plainAt(server))) {
                ask(lease);
                assertThatThrownBy(lease::startTls).isInstanceOf(StackOverflowError.class);
                assertThatThrownBy(() -> lease.output().write("secret\n".getBytes(StandardCharsets.US_ASCII)))
                        .isInstanceOf(CallException.class);
                lease.keep();
            }
            assertThat(client.stats().connectionsIdle()).isZero();
        }
    }

    @Test
    void aLeaseWhoseSupplierFailsSaysSoAndMayTryAgain() throws IOException {
        AtomicReference<SSLContext> current = new AtomicReference<>();
        try (FaultServer server = FaultServer.start(UPGRADES)) {
            Client client = atRest.client(TlsPeers.options(TlsOptions.defaults().context(current::get)));
            try (Lease lease = client.lease(TlsPeers.plainAt(server))) {
                ask(lease);
                assertThatThrownBy(lease::startTls)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("gave null");
                current.set(TlsPeers.CERTIFICATE.client());
                lease.startTls();
                exchange(lease);
            }
        }
    }
}
