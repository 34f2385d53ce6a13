package plainweave.testing;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A {@link FaultServer} for each test of a JUnit class, started before it and closed after it.
 *
 * {@snippet lang = java:
 * @RegisterExtension
 * final FaultServerExtension server = FaultServerExtension.playing(HEALTHY);
 *
 * @Test
 * void aResetIsReported() {
 *     server.play(FaultServer.script().readLine().reset());
 *     assertThrows(ConnectionLostException.class, () -> client.call(server.address(), "hello"));
 * }
 * }
 *
 * <p>If a test fails, what ended scripts early is suppressed in its failure. For tests that share an instance of it, in
 * a static field, and run at the same time it is of no use.
 */
public final class FaultServerExtension implements BeforeEachCallback, AfterEachCallback {
    private final Script script;
    private final boolean strict;
    private @Nullable FaultServer server;

    private FaultServerExtension(Script script, boolean strict) {
        this.script = Objects.requireNonNull(script, "script");
        this.strict = strict;
    }

    /** An extension whose server begins each test with {@code script}. */
    public static FaultServerExtension playing(Script script) {
        return new FaultServerExtension(script, false);
    }

    /** A new extension that also fails a test in which a script failed, as {@link FaultServer#assertNoFailures} does. */
    public FaultServerExtension strict() {
        return new FaultServerExtension(script, true);
    }

    /**
     * The server of the running test.
     *
     * @throws IllegalStateException if no test is running
     */
    public FaultServer server() {
        if (server == null) {
            throw new IllegalStateException("no test is running; is the extension registered?");
        }
        return server;
    }

    /** Changes the script, as {@link FaultServer#play} does. */
    public void play(Script next) {
        server().play(next);
    }

    /** The address in digits. */
    public String host() {
        return server().host();
    }

    /** The port of the running test's server. */
    public int port() {
        return server().port();
    }

    /** Where to connect. */
    public InetSocketAddress address() {
        return server().address();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        server = FaultServer.start(script);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        FaultServer ended = server();
        server = null;
        ended.close();
        List<Throwable> failures = ended.failures();
        context.getExecutionException().ifPresentOrElse(failure -> failures.forEach(failure::addSuppressed), () -> {
            if (strict) {
                ended.assertNoFailures();
            }
        });
    }
}
