package plainweave.observe.jfr;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.assertj.core.api.Assertions;

/** A flight recording from now until it is closed. */
public final class Recorded implements AutoCloseable {
    private static final String SUFFIX = "Event.class";

    private final Recording recording = new Recording();

    private Recorded() {}

    /** Of what lasts as long as the events' own thresholds ask. */
    public static Recorded start() {
        Recorded recorded = new Recorded();
        recorded.recording.start();
        return recorded;
    }

    /** Of what lasts so long, of whatever kind. */
    public static Recorded startOver(Duration threshold) {
        Recorded recorded = new Recorded();
        for (EventType type : types()) {
            recorded.recording.enable(type.getName()).withThreshold(threshold);
        }
        recorded.recording.start();
        return recorded;
    }

    /** Of all but this one, however short. */
    public static Recorded startWithout(String event) {
        Recorded recorded = new Recorded();
        for (EventType type : types()) {
            recorded.recording.enable(type.getName()).withThreshold(Duration.ZERO);
        }
        recorded.recording.disable(event);
        recorded.recording.start();
        return recorded;
    }

    /** All kinds of event that are compiled into the core, whether anybody has used them or not. */
    public static List<EventType> types() {
        try {
            Path classes = Path.of(Events.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolve(Events.class.getPackageName().replace('.', '/'));
            try (Stream<Path> files = Files.list(classes)) {
                return files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(SUFFIX))
                        .sorted()
                        .map(Recorded::type)
                        .toList();
            }
        } catch (IOException | URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static EventType type(String fileName) {
        String name = fileName.substring(0, fileName.length() - ".class".length());
        try {
            return EventType.getEventType(
                    Class.forName(Events.class.getPackageName() + "." + name).asSubclass(Event.class));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    /** All of the library's so far, in the order of their ends. */
    public List<RecordedEvent> all() {
        try {
            Path file = Files.createTempFile("recorded", ".jfr");
            try {
                recording.dump(file);
                return RecordingFile.readAllEvents(file).stream()
                        .filter(event -> event.getEventType().getName().startsWith("plainweave."))
                        .sorted((a, b) -> a.getEndTime().compareTo(b.getEndTime()))
                        .toList();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Those of this kind. */
    public List<RecordedEvent> all(String event) {
        return all().stream()
                .filter(e -> e.getEventType().getName().equals("plainweave." + event))
                .toList();
    }

    /** The only one of this kind. */
    public RecordedEvent only(String event) {
        List<RecordedEvent> all = all(event);
        Assertions.assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Override
    public void close() {
        recording.close();
    }
}
