package plainweave;

import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import plainweave.net.Tls;

/**
 * How connections are secured by TLS: endpoints made by {@code Endpoint.tls}, and those that a codec or a lease upgrades. By default
 * the trust store of the JDK decides whom to trust, the certificate has to be for the endpoint's host, and TLS 1.3 and 1.2 are
 * offered. Immutable; each method returns another one.
 */
public final class TlsOptions {
    private static final TlsOptions DEFAULTS =
            new TlsOptions(new Tls.Settings(TlsOptions::systemContext, Tls.PROTOCOLS, List.of(), false));

    /** What one byte of length can say (RFC 7301, 3.1). */
    private static final int MAX_NAME_LENGTH = 255;

    private final Tls.Settings settings;

    private TlsOptions(Tls.Settings settings) {
        this.settings = settings;
    }

    /** The defaults. */
    public static TlsOptions defaults() {
        return DEFAULTS;
    }

    Tls.Settings settings() {
        return settings;
    }

    private static SSLContext systemContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no default SSLContext", e);
        }
    }

    /** Whom to trust and, by its key managers, who we are: always this context. */
    public TlsOptions context(SSLContext context) {
        ClientOptions.given("context", context);
        return context(() -> context);
    }

    /**
     * Whom to trust and, by its key managers, who we are.
     *
     * @param context asked for each new connection, by the thread that opens it; must not give null. As long as it gives the same
     *     instance, sessions are resumed. Once it has given another one, connections secured by those before are not used again: so
     *     certificates are rotated, at the latest when all connections have reached their lifetime. It keeps what it made: one that
     *     makes a new context each time has each new connection put an end to all others
     */
    public TlsOptions context(Supplier<SSLContext> context) {
        ClientOptions.given("context", context);
        return new TlsOptions(new Tls.Settings(
                context, settings.protocols(), settings.applicationProtocols(), settings.anyHostName()));
    }

    /**
     * The versions to offer, by the JDK's names; {@code TLSv1.3} and {@code TLSv1.2} by default.
     *
     * @throws IllegalArgumentException if there is none, or one that is not safe any more (RFC 8996) or not known
     */
    public TlsOptions protocols(String... protocols) {
        List<String> given = named("protocols", protocols);
        if (given.isEmpty() || !Tls.PROTOCOLS.containsAll(given)) {
            throw new IllegalArgumentException("protocols " + given + " are not some of " + Tls.PROTOCOLS);
        }
        return new TlsOptions(
                new Tls.Settings(settings.context(), given, settings.applicationProtocols(), settings.anyHostName()));
    }

    /**
     * The protocols to offer by ALPN (RFC 7301), the favourite first; none by default.
     *
     * @throws IllegalArgumentException if one is empty or longer than 255 characters
     */
    public TlsOptions applicationProtocols(String... names) {
        List<String> given = named("applicationProtocols", names);
        if (given.stream().anyMatch(name -> name.isEmpty() || name.length() > MAX_NAME_LENGTH)) {
            throw new IllegalArgumentException("applicationProtocols " + given + " hold one that is empty or over "
                    + MAX_NAME_LENGTH + " characters");
        }
        return new TlsOptions(
                new Tls.Settings(settings.context(), settings.protocols(), given, settings.anyHostName()));
    }

    private static List<String> named(String option, String... names) {
        for (String name : ClientOptions.given(option, names)) {
            ClientOptions.given(option, name);
        }
        return List.of(names);
    }

    /**
     * Takes a certificate for any host name: whoever has one from an authority that is trusted can pass for the peer. For tests, and
     * for peers known by their certificate alone.
     */
    public TlsOptions insecureAnyHostName() {
        return new TlsOptions(
                new Tls.Settings(settings.context(), settings.protocols(), settings.applicationProtocols(), true));
    }
}
