package plainweave.it;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import plainweave.call.Endpoint;
import plainweave.testing.EchoServer;

final class InProcessEchoIT extends EchoContract {
    private static EchoServer server;

    @BeforeAll
    static void start() {
        server = EchoServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    Endpoint endpoint() {
        return Endpoint.of(server.host(), server.port());
    }

    @Override
    int connectionsOfServer() {
        return server.open();
    }
}
