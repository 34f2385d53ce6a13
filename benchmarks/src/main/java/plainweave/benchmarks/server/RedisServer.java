package plainweave.benchmarks.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import plainweave.benchmarks.process.Lifetime;
import plainweave.benchmarks.process.Tools;

/**
 * Speaks for a Redis of its own, which has no word for "end with the input". Started with its lifetime in seconds and a
 * folder, in which it leaves nothing; one that runs on this machine as a service is not touched.
 */
public final class RedisServer {

    private static final String PROGRAM = "redis-server";
    private static final Pattern VERSION = Pattern.compile("v=(\\S+)");

    // Somebody else may take a port between our look and Redis.
    private static final int TRIES = 5;

    private static final int SECONDS_TO_END = 2;

    private RedisServer() {}

    static Optional<String> missing() {
        return Tools.find(PROGRAM).isPresent()
                ? Optional.empty()
                : Optional.of("needs redis-server: apt-get install redis-server, or your system's like");
    }

    static String version() {
        try {
            Process process = new ProcessBuilder(PROGRAM, "--version").start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(said);
            return version.find() ? version.group(1) : "of unknown version";
        } catch (IOException gone) {
            return "of unknown version";
        }
    }

    /** Says where Redis listens and its process id, and ends it when the input ends. */
    public static void main(String[] args) throws IOException {
        String last = "";
        for (int i = 0; i < TRIES; i++) {
            int port = freePort();
            Process redis = start(port, args[1]);
            Lifetime.limit(Duration.ofSeconds(Long.parseLong(args[0])), () -> end(redis));
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(redis.getInputStream(), StandardCharsets.UTF_8));
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = line;
                if (line.contains("Ready to accept connections")) {
                    System.out.println("listening " + port + " " + redis.pid());
                    // A full pipe would stop Redis in the middle of a round.
                    Thread.ofPlatform()
                            .daemon()
                            .name("drains redis")
                            .start(() -> out.lines().forEach(ignored -> {}));
                    holdUntilInputEnds();
                    end(redis);
                    Runtime.getRuntime().halt(0);
                }
            }
            end(redis);
        }
        System.out.println("failed redis-server does not start: " + last);
        Runtime.getRuntime().halt(1);
    }

    private static Process start(int port, String folder) throws IOException {
        return new ProcessBuilder(
                        PROGRAM,
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--save",
                        "",
                        "--appendonly",
                        "no",
                        "--dir",
                        folder)
                .redirectErrorStream(true)
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void holdUntilInputEnds() throws IOException {
        while (System.in.read() >= 0) {
            // Only the end of the input means anything.
        }
    }

    private static void end(Process redis) {
        redis.destroy();
        try {
            if (!redis.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                redis.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            redis.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
