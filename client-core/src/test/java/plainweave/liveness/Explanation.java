package plainweave.liveness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/** Why a carrier was held, as far as the JVM can tell: flight recorder events. They explain; they do not decide. */
final class Explanation implements AutoCloseable {
    private static final Duration WORTH_TELLING = Duration.ofMillis(1);
    private static final int MOST_EVENTS = 10;
    private static final int MOST_FRAMES = 12;

    private final Recording recording = new Recording();

    Explanation() {
        Stream<String> monitors =
                Canary.untilMonitorsLetGo() ? Stream.of("jdk.JavaMonitorWait", "jdk.JavaMonitorEnter") : Stream.of();
        Stream.concat(Stream.of("jdk.VirtualThreadPinned"), monitors)
                .forEach(event ->
                        recording.enable(event).withThreshold(WORTH_TELLING).withStackTrace());
        recording.start();
    }

    /** What virtual threads were caught at since then. */
    String since(Instant start) throws IOException {
        Path file = Files.createTempFile("liveness", ".jfr");
        try {
            recording.dump(file);
            List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEndTime().isAfter(start))
                    .filter(event ->
                            event.getThread() != null && event.getThread().isVirtual())
                    .toList();
            return "  " + events.size() + " events of virtual threads"
                    + events.stream().limit(MOST_EVENTS).map(Explanation::show).collect(Collectors.joining());
        } finally {
            Files.delete(file);
        }
    }

    private static String show(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        String frames = stack == null
                ? ""
                : stack.getFrames().stream()
                        .limit(MOST_FRAMES)
                        .map(frame ->
                                "\n      at " + frame.getMethod().getType().getName() + "."
                                        + frame.getMethod().getName() + ":" + frame.getLineNumber())
                        .collect(Collectors.joining());
        return "\n    " + event.getEventType().getName() + " "
                + event.getDuration().toMillis() + " ms" + frames;
    }

    @Override
    public void close() {
        recording.close();
    }
}
