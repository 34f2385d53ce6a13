package plainweave.it;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.Slf4jLogConsumer;
import org.testcontainers.containers.output.ToStringConsumer;
import org.testcontainers.images.builder.Transferable;
import plainweave.Client;
import plainweave.call.Endpoint;
import plainweave.testing.TestCertificate;

/**
 * A server in a container. It ends by itself after ten minutes and the engine then removes it, so a test run that was
 * killed leaves nothing behind for long.
 */
final class ServerContainer extends GenericContainer<ServerContainer> {
    private static final String LIFETIME_SECONDS = "600";

    /** It does not run as root, and its key has to be its own. */
    private static final String START_POSTGRES = """
            set -e
            bin=$(echo /usr/lib/postgresql/*/bin)
            user='setpriv --reuid=postgres --regid=postgres --clear-groups'
            chown postgres /server.key
            chmod 600 /server.key
            $user "$bin/initdb" --no-sync --auth=trust --username=weaver --pgdata=/tmp/data
            echo 'host all all all trust' | $user tee -a /tmp/data/pg_hba.conf
            exec $user "$bin/postgres" -D /tmp/data -c listen_addresses='*' -c fsync=off \\
                -c ssl=on -c ssl_cert_file=/server.pem -c ssl_key_file=/server.key
            """;

    private final int port;
    private final ToStringConsumer said = new ToStringConsumer();

    private ServerContainer(int port, String... command) {
        super(ServerImage.name());
        this.port = port;
        String[] limited = new String[command.length + 2];
        limited[0] = "timeout";
        limited[1] = LIFETIME_SECONDS;
        System.arraycopy(command, 0, limited, 2, command.length);
        withCommand(limited);
        if (port > 0) {
            withExposedPorts(port);
        }
        withStartupTimeout(Duration.ofSeconds(30));
        withCreateContainerCmdModifier(create -> create.getHostConfig().withAutoRemove(true));
        // The engine forgets what a removed container said; simplelogger.properties tells how to see it here.
        withLogConsumer(new Slf4jLogConsumer(LoggerFactory.getLogger(command[0])));
        withLogConsumer(said);
        // By this label a build finds the containers of its own run, where it was cut off.
        withLabel("plainweave.run", System.getenv().getOrDefault("PLAINWEAVE_RUN", "none"));
    }

    /** Echoes every byte. */
    static ServerContainer socat() {
        // Blocks of a pipe's atomic size: a larger one could wait for room that only its own writer can make.
        return new ServerContainer(7, "socat", "-b4096", "TCP-LISTEN:7,fork,reuseaddr,backlog=256", "PIPE");
    }

    /** Echoes every byte on the Unix-domain socket {@code echo} in this folder. */
    static ServerContainer unixSocat(Path folder) {
        return new ServerContainer(0, "socat", "-b4096", "UNIX-LISTEN:/shared/echo,fork,mode=777,backlog=256", "PIPE")
                .sharing(folder, "/shared", AccessMode.rw);
    }

    /** Runs a program of this module on the JDK of this JVM, with the library as it is here. */
    static ServerContainer java(Class<?> main, String... arguments) {
        List<Path> classPath = List.of(
                home(main),
                home(Client.class),
                home(Caffeine.class),
                home(GenericKeyedObjectPool.class),
                home(Nullable.class));
        List<String> command = new ArrayList<>(List.of("/jdk/bin/java", "-Xmx128m", "-cp"));
        command.add(IntStream.range(0, classPath.size())
                .mapToObj(i -> "/classes/" + i)
                .collect(Collectors.joining(":")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        ServerContainer container = new ServerContainer(0, command.toArray(String[]::new))
                .sharing(Path.of(System.getProperty("java.home")), "/jdk", AccessMode.ro);
        for (int i = 0; i < classPath.size(); i++) {
            container.sharing(classPath.get(i), "/classes/" + i, AccessMode.ro);
        }
        return container;
    }

    private static Path home(Class<?> one) {
        try {
            return Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private ServerContainer sharing(Path here, String there, AccessMode mode) {
        // Testcontainers' own way would first try it out with an image that has to be pulled.
        Bind bind = new Bind(here.toAbsolutePath().toString(), new Volume(there), mode);
        withCreateContainerCmdModifier(create -> {
            HostConfig host = create.getHostConfig();
            List<Bind> binds = new ArrayList<>(host.getBinds() == null ? List.of() : List.of(host.getBinds()));
            binds.add(bind);
            host.withBinds(binds);
        });
        return this;
    }

    /** Goes by this name in its networks, unless the engine renames it. */
    ServerContainer named(String name) {
        withCreateContainerCmdModifier(create -> create.withName(name));
        return this;
    }

    /** What it has said so far, which stays when it has ended. */
    String said() {
        return said.toUtf8String();
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

    /** PostgreSQL, which lets anybody in as {@code weaver}, keeps nothing, and speaks TLS to whoever asks. */
    static ServerContainer postgres(TestCertificate certificate) {
        return new ServerContainer(5432, "sh", "/start.sh")
                .withCopyToContainer(Transferable.of(certificate.chainPem()), "/server.pem")
                .withCopyToContainer(Transferable.of(certificate.keyPem()), "/server.key")
                .withCopyToContainer(Transferable.of(START_POSTGRES), "/start.sh");
    }

    /** Takes nothing any more of what is sent to it, until the returned one is closed. */
    AutoCloseable frozen() {
        getDockerClient().pauseContainerCmd(getContainerId()).exec();
        return () -> getDockerClient().unpauseContainerCmd(getContainerId()).exec();
    }

    /** Where it listens, seen from here; a port the system chose. */
    Endpoint endpoint() {
        return Endpoint.of(getHost(), getMappedPort(port));
    }

    /** How many connections to it are open, seen from inside. */
    int connections() {
        String established = " 01 ";
        String local = String.format(":%04X ", port);
        return rows(row -> row.contains(local) && row.contains(established), "/proc/net/tcp", "/proc/net/tcp6");
    }

    /** The same for {@link #unixSocat}. */
    int unixConnections() {
        String connected = " 03 ";
        return rows(row -> row.contains(" /shared/echo") && row.contains(connected), "/proc/net/unix");
    }

    private int rows(Predicate<String> which, String... tables) {
        String[] command = new String[tables.length + 1];
        command[0] = "cat";
        System.arraycopy(tables, 0, command, 1, tables.length);
        try {
            return (int)
                    execInContainer(command).getStdout().lines().filter(which).count();
        } catch (Exception e) {
            throw new IllegalStateException("cannot look into the container", e);
        }
    }
}
