package plainweave.observe.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.EventType;
import jdk.jfr.Label;
import jdk.jfr.SettingDescriptor;
import jdk.jfr.ValueDescriptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.codec.Allocated;

class EventsTest {
    private static final Path DOCUMENTED = Path.of("../docs/jfr-events.md");
    private static final Set<String> OF_EVERY_EVENT = Set.of("startTime", "duration", "eventThread", "stackTrace");
    private static final int ROUNDS = 1_000;
    private static final Endpoint ENDPOINT = Endpoint.of("localhost", 7);

    private static void allAreAskedFor() {
        for (int i = 0; i < ROUNDS; i++) {
            assertNull(Events.exchange());
            assertNull(Events.queueWait());
            assertNull(Events.dnsLookup());
            assertNull(Events.connect());
            assertNull(Events.tlsHandshake());
        }
    }

    /** AssertJ would allocate. */
    private static void assertNull(@Nullable Object event) {
        if (event != null) {
            throw new AssertionError("nobody records, and yet there is " + event);
        }
    }

    @Test
    void whileNobodyRecordsNothingIsBegunOrAllocated() throws Throwable {
        assertNothingIsAllocated();
        try (Recorded recorded = Recorded.start()) {
            assertThat(Events.exchange()).isNotNull();
            assertThat(Events.connect()).isNotNull();
        }
        assertNothingIsAllocated();
    }

    /** The JVM itself takes some hundred bytes now and then, as while it compiles; one event in each round would be tens of thousands. */
    private static void assertNothingIsAllocated() throws Throwable {
        assertThat(Allocated.bytesBy(EventsTest::allAreAskedFor)).isLessThan(ROUNDS);
    }

    @Test
    void anEventIsBegunOnlyForARecordingThatWantsIt() {
        try (Recorded recorded = Recorded.startWithout("plainweave.Connect")) {
            assertThat(Events.connect()).isNull();
            assertThat(Events.dnsLookup()).isNotNull();
            Events.shed(ENDPOINT, Priority.NORMAL, null, "full");

            assertThat(recorded.only("Shed").getString("why")).isEqualTo("full");
        }
        try (Recorded recorded = Recorded.startWithout("plainweave.Shed")) {
            Events.shed(ENDPOINT, Priority.NORMAL, null, "full");

            assertThat(recorded.all()).isEmpty();
        }
    }

    @Test
    void whatIsShorterThanTheThresholdIsNotWritten() {
        try (Recorded recorded = Recorded.startOver(Duration.ofHours(1))) {
            done(Events.connect());

            assertThat(recorded.all()).isEmpty();
        }
        try (Recorded recorded = Recorded.startOver(Duration.ZERO)) {
            done(Events.connect());

            assertThat(recorded.only("Connect").getString("address")).isEqualTo("127.0.0.1:7");
        }
    }

    private static void done(@Nullable ConnectEvent event) {
        Objects.requireNonNull(event, "it is recorded").done(ENDPOINT, "127.0.0.1:7", 1);
    }

    @Test
    void theTableListsEveryEventWithItsFieldsAndItsThreshold() throws Exception {
        Set<String> rows = Files.readAllLines(DOCUMENTED).stream()
                .filter(line -> line.startsWith("| `plainweave."))
                .map(EventsTest::withoutWhen)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> events =
                Recorded.types().stream().map(EventsTest::row).collect(Collectors.toCollection(TreeSet::new));

        assertThat(events).hasSize(7);
        assertThat(rows).isEqualTo(events);
    }

    private static String withoutWhen(String line) {
        String[] cells = line.split("\\|", -1);
        return String.join("|", cells[0], cells[1], cells[3], cells[4], cells[5]);
    }

    private static String row(EventType type) {
        String fields = type.getFields().stream()
                .map(ValueDescriptor::getName)
                .filter(name -> !OF_EVERY_EVENT.contains(name))
                .map(name -> "`" + name + "`")
                .collect(Collectors.joining(", "));
        String threshold = type.getSettingDescriptors().stream()
                .filter(setting -> setting.getName().equals("threshold"))
                .map(SettingDescriptor::getDefaultValue)
                .findFirst()
                .orElseThrow();
        return "| `" + type.getName() + "` | " + fields + " | " + threshold + " |";
    }

    @Test
    void everyEventAndFieldSaysWhatItIs() {
        for (EventType type : Recorded.types()) {
            assertThat(type.getLabel()).as(type.getName()).isNotBlank();
            assertThat(type.getDescription()).as(type.getName()).isNotBlank();
            assertThat(type.getAnnotation(Category.class).value()).startsWith("Plainweave");
            List<ValueDescriptor> fields = new ArrayList<>(type.getFields());
            fields.removeIf(field -> OF_EVERY_EVENT.contains(field.getName()));
            assertThat(fields).allSatisfy(field -> {
                assertThat(field.getAnnotation(Label.class))
                        .as(type.getName() + "." + field.getName())
                        .isNotNull();
                assertThat(isPlain(field) || field.getAnnotation(Description.class) != null)
                        .as(type.getName() + "." + field.getName() + " has a description")
                        .isTrue();
            });
        }
    }

    /** What needs no more words. */
    private static boolean isPlain(ValueDescriptor field) {
        return Stream.of("endpoint", "priority", "host", "address", "cipherSuite", "why")
                .anyMatch(field.getName()::equals);
    }
}
