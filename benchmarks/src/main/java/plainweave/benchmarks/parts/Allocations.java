package plainweave.benchmarks.parts;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.Programs;
import plainweave.benchmarks.server.Server;
import plainweave.benchmarks.server.Service;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;

/**
 * What an exchange allocates: all of it by the JVM's own count, the reply's share by a control that does nothing but make such replies, and
 * which objects the rest is, by the samples of a flight recording. Virtual threads call; the echo server is a process of its own. A
 * sample is taken whenever a thread needs a new buffer to allocate from, so the build makes those small.
 */
final class Allocations {
    private static final int WARM_UP = 200_000;
    private static final int CALLERS = Integer.getInteger("allocations.callers", 1);
    private static final int EXCHANGES = Integer.getInteger("allocations.exchanges", 400_000);
    private static final String LINE = "x".repeat(63);
    private static final String SAMPLE = "jdk.ObjectAllocationSample";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocations() {}

    /** Objects of one class, made on behalf of one method. */
    private record Made(String what, String where) {}

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        try (Server server = Server.start(Service.ECHO, Cores.share(false), new Programs(), PATIENCE);
                Client client = Client.create(
                        ClientOptions.builder().permitsPerEndpoint(CALLERS).build())) {
            Remote<String, String> echo = client.remote(Endpoint.of("127.0.0.1", server.port()), Codecs.lines());
            IntConsumer exchanges = times -> exchange(echo, times);
            together(exchanges, WARM_UP);
            together(Allocations::replies, WARM_UP);
            double each = allocated(exchanges);
            double reply = allocated(Allocations::replies);
            Map<Made, Long> made = sampled(exchanges);
            table(made, each);
            System.out.printf(
                    "%nAllocations callers=%d exchanges=%d bytes=%.0f reply_bytes=%.0f beyond_reply=%.0f%n",
                    CALLERS, EXCHANGES, each, reply, each - reply);
        }
    }

    private static void exchange(Remote<String, String> echo, int times) {
        for (int i = 0; i < times; i++) {
            if (!echo.call(LINE).equals(LINE)) {
                throw new IllegalStateException("a reply is not what was sent");
            }
        }
    }

    /** The control: the replies alone, each checked as well, or none would be made. */
    private static void replies(int times) {
        byte[] bytes = LINE.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < times; i++) {
            if (!new String(bytes, StandardCharsets.UTF_8).equals(LINE)) {
                throw new IllegalStateException("a string is not what it was made of");
            }
        }
    }

    private static double allocated(IntConsumer work) throws Exception {
        long before = THREADS.getTotalThreadAllocatedBytes();
        together(work, EXCHANGES);
        return (double) (THREADS.getTotalThreadAllocatedBytes() - before) / EXCHANGES;
    }

    /** So many times, by all callers together. */
    private static void together(IntConsumer work, int times) throws Exception {
        List<FutureTask<Void>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            FutureTask<Void> caller = new FutureTask<>(() -> work.accept(times / CALLERS), null);
            callers.add(caller);
            Thread.startVirtualThread(caller);
        }
        for (FutureTask<Void> caller : callers) {
            caller.get();
        }
    }

    private static Map<Made, Long> sampled(IntConsumer work) throws Exception {
        Path file = Files.createTempFile("allocations", ".jfr");
        try (Recording recording = new Recording()) {
            recording.disable("plainweave.Exchange"); // our events would allocate for themselves
            recording.disable("plainweave.QueueWait");
            recording.enable(SAMPLE).with("throttle", "10000/s").withStackTrace();
            recording.start();
            together(work, WARM_UP); // a thread's first sample weighs all that it allocated before
            Instant begin = Instant.now();
            together(work, EXCHANGES);
            recording.stop();
            recording.dump(file);
            return counted(RecordingFile.readAllEvents(file), begin);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static Map<Made, Long> counted(List<RecordedEvent> events, Instant begin) {
        Map<Made, Long> made = new HashMap<>();
        for (RecordedEvent sample : events) {
            boolean counts = sample.getEventType().getName().equals(SAMPLE)
                    && sample.getStartTime().isAfter(begin);
            String where = counts ? ours(sample) : "";
            if (!where.isEmpty()) {
                made.merge(
                        new Made(sample.getClass("objectClass").getName(), where), sample.getLong("weight"), Long::sum);
            }
        }
        return made;
    }

    /** The innermost method of the library on the stack; none if an exchange did not allocate it. */
    private static String ours(RecordedEvent sample) {
        if (sample.getStackTrace() == null) {
            return "";
        }
        return sample.getStackTrace().getFrames().stream()
                .map(RecordedFrame::getMethod)
                .filter(method -> method.getType().getName().startsWith("plainweave."))
                .map(method -> method.getType().getName().replaceAll(".*\\.", "") + "." + method.getName())
                .findFirst()
                .filter(name -> !name.startsWith("Allocations."))
                .orElse("");
    }

    private static void table(Map<Made, Long> made, double each) {
        long all = made.values().stream().mapToLong(Long::longValue).sum();
        System.out.printf("%-44s  %-40s  %14s%n", "object", "made by", "B an exchange");
        made.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .filter(entry -> entry.getValue() * each / all >= 0.5)
                .forEach(entry -> System.out.printf(
                        "%-44s  %-40s  %14.0f%n",
                        entry.getKey().what, entry.getKey().where, entry.getValue() * each / all));
    }
}
