package plainweave.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import plainweave.call.Endpoint;

/** The contract over a Unix-domain socket that a server in a container has in a folder both see. */
@NeedsDocker
final class UnixEchoIT extends EchoContract {
    @TempDir
    static Path folder;

    private static ServerContainer server;

    @BeforeAll
    static void start() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        server = ServerContainer.unixSocat(folder);
        server.start();
        Eventually.is("it listens", () -> Files.exists(folder.resolve("echo")));
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @Override
    Endpoint endpoint() {
        return Endpoint.unix(folder.resolve("echo"));
    }

    @Override
    int connectionsOfServer() {
        return server.unixConnections();
    }
}
