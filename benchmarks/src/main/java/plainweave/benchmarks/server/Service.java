package plainweave.benchmarks.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Compiler;
import plainweave.benchmarks.process.Programs;

/**
 * What a job's clients talk to. A server says {@code listening} and its port, and the process id behind that if it only
 * speaks for another program; it ends when its input does.
 */
public enum Service {
    /** Sends back what it was sent: in C where that can be compiled, since it leaves the client the most to do. */
    ECHO("the echo server", "server/echo-server.c", JavaEchoServer.class),

    /** Sends as many chunks as it was asked for; {@code Chunks} has their format. */
    SOURCE("the source", "server/source-server.c", JavaSourceServer.class),

    /** The same at 10 Gbit/s. */
    PACED_SOURCE("the source at 10 Gbit/s", "server/source-server.c", JavaSourceServer.class, "1250000000"),

    /** A real one, of the installed version. */
    REDIS("Redis", "", RedisServer.class) {
        @Override
        public Optional<String> missing() {
            return RedisServer.missing();
        }

        @Override
        String about() {
            return "redis-server " + RedisServer.version() + ", nothing of it written to disk";
        }

        @Override
        List<String> command(Programs programs, Duration lifetime) {
            return Child.java(
                    RedisServer.class,
                    List.of(),
                    Long.toString(lifetime.toSeconds()),
                    programs.folder().toString());
        }
    };

    private final String title;
    private final String source;
    private final Class<?> instead;
    private final List<String> options;

    Service(String title, String source, Class<?> instead, String... options) {
        this.title = title;
        this.source = source;
        this.instead = instead;
        this.options = List.of(options);
    }

    /** How to install what it needs and does not find here; its jobs are left out. */
    public Optional<String> missing() {
        return Optional.empty();
    }

    String title() {
        return title;
    }

    String about() {
        return title + ": "
                + (Compiler.GCC.present()
                        ? "C, epoll"
                        : "Java, slower than the one in C, which " + Compiler.GCC.install());
    }

    List<String> command(Programs programs, Duration lifetime) throws IOException {
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(lifetime.toSeconds()));
        arguments.addAll(options);
        if (!Compiler.GCC.present()) {
            return Child.java(instead, List.of(), arguments.toArray(String[]::new));
        }
        arguments.addFirst(programs.compiled(Compiler.GCC, source).toString());
        return arguments;
    }
}
