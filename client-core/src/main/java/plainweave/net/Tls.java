package plainweave.net;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;
import plainweave.observe.Handshake;
import plainweave.observe.Observer;
import plainweave.observe.jfr.Events;
import plainweave.observe.jfr.TlsHandshakeEvent;

/** How transports are secured: whom to trust, what to offer, and that the name is verified. Safe from any thread. */
public final class Tls {
    /** TLS 1.0 and 1.1 are not to be used (RFC 8996). */
    public static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /**
     * What TLS is to do.
     *
     * @param context asked for each new connection; the same one keeps its sessions
     * @param protocols to offer
     * @param applicationProtocols to offer by ALPN (RFC 7301), the favourite first
     * @param anyHostName whether a certificate for another name will do
     */
    public record Settings(
            Supplier<SSLContext> context,
            List<String> protocols,
            List<String> applicationProtocols,
            boolean anyHostName) {}

    private final Settings settings;
    private final Observer observer;
    private final AtomicLong asked = new AtomicLong();
    private final AtomicReference<@Nullable Latest> latest = new AtomicReference<>();

    /** What was given last: of two who ask at once, to the one who asked last. */
    private record Latest(long turn, SSLContext context) {}

    /**
     * As set.
     *
     * @param observer told of handshakes; must not throw
     */
    public Tls(Settings settings, Observer observer) {
        this.settings = settings;
        this.observer = observer;
    }

    /** The handshake of a socket, with the time it takes; a recording is told here, the observer is not yet. */
    static Handshake shake(SSLSocket socket, Endpoint endpoint, String address) throws IOException {
        long startMillis = System.currentTimeMillis();
        long start = System.nanoTime();
        TlsHandshakeEvent event = Events.tlsHandshake();
        try {
            socket.startHandshake();
        } catch (Throwable t) {
            if (event != null) {
                event.failed(endpoint, address, t);
            }
            throw t;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        // A session that was taken up keeps the time when it was first made.
        boolean resumed = socket.getSession().getCreationTime() < startMillis;
        if (event != null) {
            event.done(endpoint, address, socket.getSession(), resumed);
        }
        return new Handshake(endpoint, address, resumed, took);
    }

    /** One is over. */
    void done(Handshake handshake) {
        observer.secured(handshake);
    }

    /** The context for a new connection. */
    SSLContext context() {
        long turn = asked.incrementAndGet();
        SSLContext context = settings.context().get();
        if (context == null) {
            throw new IllegalStateException("the supplier of the SSLContext gave null");
        }
        latest.accumulateAndGet(
                new Latest(turn, context), (before, mine) -> before != null && before.turn > turn ? before : mine);
        return context;
    }

    /** Whether new connections are made with this context still. */
    @SuppressWarnings("ReferenceEquality") // contexts have no other equality
    boolean isLatest(SSLContext context) {
        Latest now = latest.get();
        return now != null && now.context == context;
    }

    /**
     * A socket over another, its handshake still to be done.
     *
     * @param closesBelow whether the other is closed with it
     */
    SSLSocket over(Socket below, SSLContext context, Endpoint endpoint, boolean closesBelow) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(below, endpoint.host(), Math.max(1, endpoint.port()), closesBelow);
        SSLParameters parameters = parameters(socket);
        if (!endpoint.isUnix() && !endpoint.isAddress()) {
            parameters.setServerNames(serverNames(endpoint.host()));
        }
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** A socket that leads nowhere, to be told how one that does is to be set up. */
    SSLSocket nowhere(SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        socket.setSSLParameters(parameters(socket));
        return socket;
    }

    private SSLParameters parameters(SSLSocket socket) {
        socket.setUseClientMode(true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(settings.protocols().toArray(String[]::new));
        parameters.setApplicationProtocols(settings.applicationProtocols().toArray(String[]::new));
        if (!settings.anyHostName()) {
            parameters.setEndpointIdentificationAlgorithm(
                    "HTTPS"); // the JDK verifies no name unless asked (RFC 9110, 4.3.4)
        }
        return parameters;
    }

    private static List<SNIServerName> serverNames(String host) {
        try {
            return List.of(new SNIHostName(host));
        } catch (IllegalArgumentException e) {
            return List.of(); // a name with an underscore, say, which the resolver took
        }
    }

    /** What the JDK says of a peer that speaks something else does not help anybody. */
    static IOException explained(IOException e) {
        boolean notTls = e instanceof SSLException
                && e.getMessage() != null
                && e.getMessage().contains("Unsupported or unrecognized SSL message");
        return notTls ? new SSLException("the peer does not speak TLS; is this its plain port?", e) : e;
    }
}
