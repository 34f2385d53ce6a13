package plainweave.benchmarks.server;

import java.io.IOException;
import java.time.Duration;
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

    Service(String title, String source, Class<?> instead) {
        this.title = title;
        this.source = source;
        this.instead = instead;
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
        String seconds = Long.toString(lifetime.toSeconds());
        return Compiler.GCC.present()
                ? List.of(programs.compiled(Compiler.GCC, source).toString(), seconds)
                : Child.java(instead, List.of(), seconds);
    }
}
