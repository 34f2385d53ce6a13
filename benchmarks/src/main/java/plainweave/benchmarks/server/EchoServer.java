package plainweave.benchmarks.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Compiler;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.Programs;

/**
 * The echo server's process, as the arena holds it.
 *
 * @param process the process
 * @param port where it listens on loopback
 * @param about what it is, for the report
 */
public record EchoServer(Child process, int port, String about) implements AutoCloseable {

    private static final Duration TO_LISTEN = Duration.ofSeconds(20);

    /** Starts it on its core: the one in C where that can be compiled, since it leaves the client the most to do. */
    public static EchoServer start(Cores cores, Programs programs, Duration lifetime) throws IOException {
        String seconds = Long.toString(lifetime.toSeconds());
        List<String> command = new ArrayList<>(cores.server());
        if (Compiler.GCC.present()) {
            command.addAll(List.of(
                    programs.compiled(Compiler.GCC, "server/echo-server.c").toString(), seconds));
        } else {
            command.addAll(Child.java(JavaEchoServer.class, List.of(), seconds));
        }
        Child process = Child.start("the echo server", command);
        try {
            int port = Integer.parseInt(process.await("listening", TO_LISTEN));
            return new EchoServer(
                    process,
                    port,
                    Compiler.GCC.present()
                            ? "C, epoll"
                            : "Java, a selector, slower than the one in C, which " + Compiler.GCC.install());
        } catch (IOException | RuntimeException why) {
            process.close();
            throw why;
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
