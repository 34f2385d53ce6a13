package plainweave.it;

import java.time.Duration;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.Slf4jLogConsumer;
import org.testcontainers.images.builder.Transferable;
import plainweave.call.Endpoint;

/**
 * A server in a container. It ends by itself after ten minutes and the engine then removes it, so a test run that was
 * killed leaves nothing behind for long.
 */
final class ServerContainer extends GenericContainer<ServerContainer> {
    private static final String LIFETIME_SECONDS = "600";

    private final int port;

    private ServerContainer(int port, String... command) {
        super(ServerImage.name());
        this.port = port;
        String[] limited = new String[command.length + 2];
        limited[0] = "timeout";
        limited[1] = LIFETIME_SECONDS;
        System.arraycopy(command, 0, limited, 2, command.length);
        withCommand(limited);
        withExposedPorts(port);
        withStartupTimeout(Duration.ofSeconds(30));
        withCreateContainerCmdModifier(create -> create.getHostConfig().withAutoRemove(true));
        // The engine forgets what a removed container said; simplelogger.properties tells how to see it here.
        withLogConsumer(new Slf4jLogConsumer(LoggerFactory.getLogger(command[0])));
        // By this label a build finds the containers of its own run, where it was cut off.
        withLabel("plainweave.run", System.getenv().getOrDefault("PLAINWEAVE_RUN", "none"));
    }

    /** Echoes every byte. */
    static ServerContainer socat() {
        // Blocks of a pipe's atomic size: a larger one could wait for room that only its own writer can make.
        return new ServerContainer(7, "socat", "-b4096", "TCP-LISTEN:7,fork,reuseaddr,backlog=256", "PIPE");
    }

    /** Serves what the configuration says, at port 80. */
    static ServerContainer nginx(String configuration) {
        return new ServerContainer(80, "nginx", "-c", "/nginx.conf")
                .withCopyToContainer(Transferable.of(configuration), "/nginx.conf");
    }

    /** Redis with this configuration. */
    static ServerContainer redis(String configuration) {
        return new ServerContainer(6379, "redis-server", "/redis.conf")
                .withCopyToContainer(Transferable.of(configuration), "/redis.conf");
    }

    /** Where it listens, seen from here; a port the system chose. */
    Endpoint endpoint() {
        return Endpoint.of(getHost(), getMappedPort(port));
    }

    /** How many connections to it are open, seen from inside. */
    int connections() {
        try {
            String established = " 01 ";
            String table =
                    execInContainer("cat", "/proc/net/tcp", "/proc/net/tcp6").getStdout();
            String local = String.format(":%04X ", port);
            return (int) table.lines()
                    .filter(row -> row.contains(local) && row.contains(established))
                    .count();
        } catch (Exception e) {
            throw new IllegalStateException("cannot look into the container", e);
        }
    }
}
