package plainweave.examples.support;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.testing.EchoServer;

/** The echo server that an example calls: the user's, or one of its own on loopback. */
public final class EchoTarget implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Endpoint endpoint;
    private final @Nullable EchoServer own;

    private EchoTarget(Endpoint endpoint, @Nullable EchoServer own) {
        this.endpoint = endpoint;
        this.own = own;
    }

    /**
     * The server at {@code -Dtarget}, or else a new one, for lines of text. The user's is greeted first: a wrong target is found out here.
     *
     * @throws Complaint if the target is no endpoint, or not one of an echo server
     * @throws CallException if it does not answer
     */
    public static EchoTarget open(Settings settings) {
        return open(settings, (client, endpoint) -> client.remote(endpoint, Codecs.lines())::call);
    }

    /**
     * The same for another protocol.
     *
     * @param protocol makes what gives a server's reply to a word
     */
    public static EchoTarget open(
            Settings settings, BiFunction<Client, Endpoint, ? extends UnaryOperator<String>> protocol) {
        Optional<Endpoint> target = settings.target();
        if (target.isPresent()) {
            greet(target.get(), protocol);
            return new EchoTarget(target.get(), null);
        }
        EchoServer own = EchoServer.start();
        return new EchoTarget(Endpoint.of("localhost", own.port()), own); // by name, so that there is one to look up
    }

    private static void greet(
            Endpoint endpoint, BiFunction<Client, Endpoint, ? extends UnaryOperator<String>> protocol) {
        ClientOptions options = ClientOptions.builder().timeout(PATIENCE).build();
        try (Client client = Client.create(options)) {
            if (!protocol.apply(client, endpoint).apply("hello").equals("hello")) {
                throw new Complaint(endpoint + " is no echo server: its answer to hello is not hello");
            }
        }
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Ends the server if it is the example's own. */
    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
