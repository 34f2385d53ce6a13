package plainweave.it;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.dockerclient.TransportConfig;

/**
 * An engine that runs in the very container the tests run in: its bridge is one of our own network interfaces, so the
 * ports of its containers are at our own loopback address. Testcontainers, when in a container, takes the engine to
 * be outside of it; where the engine does not tell the address of its bridge, it goes looking with the help of an
 * image it has to pull.
 *
 * <p>Testcontainers finds this class as a service.
 */
public final class EngineInSameContainer extends DockerClientProviderStrategy {
    private static final Path SOCKET = Path.of("/var/run/docker.sock");
    private static final int BEFORE_THE_PLAIN_SOCKET = 90;

    @Override
    protected boolean isApplicable() {
        return System.getenv("TESTCONTAINERS_HOST_OVERRIDE") == null
                && Files.exists(Path.of("/.dockerenv"))
                && Files.exists(SOCKET)
                && bridgeIsHere();
    }

    private static boolean bridgeIsHere() {
        try {
            return NetworkInterface.getByName("docker0") != null;
        } catch (SocketException e) {
            return false;
        }
    }

    @Override
    public String getDescription() {
        return "an engine in the same container (" + SOCKET + ")";
    }

    @Override
    public TransportConfig getTransportConfig() {
        return TransportConfig.builder()
                .dockerHost(URI.create("unix://" + SOCKET))
                .build();
    }

    @Override
    public synchronized String getDockerHostIpAddress() {
        return "127.0.0.1";
    }

    @Override
    protected int getPriority() {
        return BEFORE_THE_PLAIN_SOCKET;
    }

    @Override
    protected boolean isPersistable() {
        return false;
    }
}
