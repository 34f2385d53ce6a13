package plainweave.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Lifetime;
import plainweave.benchmarks.process.Tools;
import plainweave.benchmarks.server.Service;

/**
 * Redis's own load generator: what the server can take from a client that makes nothing of the replies. It cannot be
 * spoken to, so this also is the process that speaks for it.
 */
public final class RedisBenchmark implements Peer {

    private static final String PROGRAM = "redis-benchmark";
    private static final int CLIENTS = 50;

    // A batch is some tenths of a second: long enough to be told apart from its start, short enough for every window.
    private static final int BATCH = 200_000;

    // test, rps, then milliseconds: average, minimum, p50, p95, p99, maximum; all in quotes.
    private static final int P50 = 4;
    private static final int P99 = 6;
    private static final int MAX = 7;
    private static final int COLUMNS = 8;

    @Override
    public String name() {
        return PROGRAM;
    }

    @Override
    public String about(Job job) {
        return "-c " + CLIENTS + " -P " + job.callers() / CLIENTS + " (" + CLIENTS
                + " connections, as many commands under"
                + " way as there are callers), batches of SET and of GET by turns; checks no reply. Exchanges are those"
                + " the server counted, p50 and p99 the means of its batches; it does not tell p99.9 and has no"
                + " callers, so these are 0";
    }

    @Override
    public Optional<String> missing() {
        return Tools.find(PROGRAM).isPresent()
                ? Optional.empty()
                : Optional.of("needs redis-benchmark: apt-get install redis-tools, or your system's like");
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.REDIS && !job.deadlines();
    }

    @Override
    public List<String> command(Job job, Launch launch) {
        return Child.java(
                RedisBenchmark.class,
                List.of(),
                Integer.toString(launch.port()),
                Integer.toString(job.callers()),
                Long.toString(launch.lifetime().toSeconds()));
    }

    /** Speaks for the program: started with port, callers and lifetime in seconds. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int callers = Integer.parseInt(args[1]);
        Process program = new ProcessBuilder(
                        // Without it, what is told about a batch would wait in a buffer for a hundred others.
                        "stdbuf",
                        "--output=L",
                        PROGRAM,
                        "-p",
                        Integer.toString(port),
                        "-c",
                        Integer.toString(CLIENTS),
                        "-P",
                        Integer.toString(callers / CLIENTS),
                        "-d",
                        "64",
                        "-r",
                        Integer.toString(callers),
                        "-t",
                        "set,get",
                        "-n",
                        Integer.toString(BATCH),
                        "-l",
                        "--csv")
                .redirectErrorStream(true)
                .start();
        Lifetime.limit(Duration.ofSeconds(Long.parseLong(args[2])), program::destroyForcibly);
        BlockingQueue<String[]> batches = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().name("hears " + PROGRAM).start(() -> hear(program, batches));
        try (Socket control = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready " + program.pid());
            long atStart = 0;
            for (String word = words.readLine(); word != null; word = words.readLine()) {
                if (word.equals("start")) {
                    batches.clear();
                    atStart = served(control);
                    System.out.println("started");
                } else {
                    long exchanges = served(control) - atStart;
                    System.out.println("stopped");
                    System.out.println("result " + figures(exchanges, batches));
                }
            }
        } finally {
            program.destroyForcibly();
        }
        System.exit(0);
    }

    private static void hear(Process program, BlockingQueue<String[]> batches) {
        String last = "nothing";
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = line;
                String[] columns = line.replace("\"", "").split(",", -1);
                if (columns.length == COLUMNS && !columns[0].equals("test")) {
                    batches.add(columns);
                }
            }
        } catch (IOException closed) {
            // Said below.
        }
        System.out.println("failed " + PROGRAM + " ended; it said: " + last);
        Runtime.getRuntime().halt(1);
    }

    private static String figures(long exchanges, BlockingQueue<String[]> batches) throws InterruptedException {
        List<String[]> told = new ArrayList<>();
        // One that was not over in the window is waited for: the clocks have been read.
        told.add(batches.take());
        batches.drainTo(told);
        return String.format(
                Locale.ROOT,
                "exchanges=%d p50_ns=%.0f p99_ns=%.0f max_ns=%.0f",
                exchanges,
                told.stream().mapToDouble(batch -> nanos(batch[P50])).average().orElse(0),
                told.stream().mapToDouble(batch -> nanos(batch[P99])).average().orElse(0),
                told.stream().mapToDouble(batch -> nanos(batch[MAX])).max().orElse(0));
    }

    private static double nanos(String millis) {
        return Double.parseDouble(millis) * 1e6;
    }

    private static long served(Socket control) throws IOException {
        control.getOutputStream().write("INFO stats\r\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        for (int b = control.getInputStream().read();
                b != '\n';
                b = control.getInputStream().read()) {
            if (b < 0) {
                throw new IOException("Redis closed the connection");
            }
            head.append((char) b);
        }
        int length = Integer.parseInt(head.substring(1).strip());
        byte[] info = control.getInputStream().readNBytes(length + 2);
        return new String(info, StandardCharsets.US_ASCII)
                .lines()
                .filter(line -> line.startsWith("total_commands_processed:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow(() -> new IOException("Redis does not tell how many commands it has processed"));
    }
}
