package plainweave.it;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import plainweave.call.Endpoint;

@NeedsDocker
final class ContainerEchoIT extends EchoContract {
    private static ServerContainer server;

    @BeforeAll
    static void start() {
        server = ServerContainer.socat();
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @Override
    Endpoint endpoint() {
        return server.endpoint();
    }

    @Override
    int connectionsOfServer() {
        return server.connections();
    }
}
