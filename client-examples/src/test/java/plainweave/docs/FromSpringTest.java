package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.UnreachableException;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.DeadPort;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;

class FromSpringTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    // region gateway
    /** What was a gateway interface: declare it as a bean, and the Client beside it. */
    record Quotes(Remote<byte[], byte[]> remote) {
        static Quotes of(Client client, Endpoint endpoint) {
            Codec<byte[], byte[]> crlf = Codecs.delimited((byte) '\r', (byte) '\n');
            return new Quotes(client.remote(endpoint, crlf).within(Duration.ofSeconds(10)));
        }

        byte[] quote(byte[] symbol) {
            return remote.call(symbol);
        }
    }
    // endregion

    @Test
    void aGatewayBecomesARemote() {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Quotes quotes = Quotes.of(client, Endpoint.of(server.host(), server.port()));

            assertThat(quotes.quote(new byte[] {'A'})).containsExactly('A');
        }
    }

    // region failover
    /** The first of these peers that can be reached; tried in order, under one deadline. */
    static <Q, R> R first(Remote<Q, R> remote, List<Endpoint> peers, Q request, Deadline deadline) {
        UnreachableException last = null;
        for (Endpoint peer : peers) {
            try {
                return remote.at(peer).until(deadline).call(request);
            } catch (UnreachableException e) { // nothing was sent
                last = e;
            }
        }
        throw last != null ? last : new IllegalArgumentException("no peers");
    }
    // endregion

    @Test
    void theNextPeerIsAskedWhereOneIsNotToBeReached() {
        try (EchoServer server = EchoServer.start();
                DeadPort dead = FaultServer.refusing();
                Client client = Client.create()) {
            Endpoint primary = Endpoint.of(dead.host(), dead.port());
            Endpoint backup = Endpoint.of(server.host(), server.port());
            Remote<String, String> remote = client.remote(primary, Codecs.lines());

            assertThat(first(remote, List.of(primary, backup), "hello", Deadline.after(Duration.ofSeconds(5))))
                    .isEqualTo("hello");
        }
    }
}
