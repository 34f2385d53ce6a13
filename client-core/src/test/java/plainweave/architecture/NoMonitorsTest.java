package plainweave.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plainweave.architecture.planted.Blocking;

class NoMonitorsTest {
    private static final Path PLANTED =
            CoreClasses.directoryOf(Blocking.class).resolve("plainweave/architecture/planted");

    @Test
    void theCoreHasNoMonitorNoThreadLocalAndNoSleep() {
        assertThat(CoreClasses.directory().resolve("plainweave/call/Endpoint.class"))
                .exists();
        assertThat(Monitors.usedIn(CoreClasses.directory())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "synchronizedMethod, synchronized method",
        "synchronizedBlock, synchronized block",
        "waits, Object.wait",
        "waitsForAWhile, Object.wait",
        "notifiesOne, Object.notify",
        "notifiesAll, Object.notifyAll",
        "sleeps, Thread.sleep",
        "sleepsByUnit, Thread.sleep",
        "readsThreadLocal, ThreadLocal",
    })
    void eachIsFoundWithItsClassMethodAndLine(String method, String what) {
        assertThat(Monitors.usedIn(PLANTED))
                .anyMatch(line -> line.matches("plainweave\\.architecture\\.planted\\.Blocking\\." + method
                        + " \\(Blocking\\.java:\\d+\\): " + what));
    }

    @Test
    void aMethodReferenceDoesNotHideTheCall() {
        assertThat(Monitors.usedIn(PLANTED)).anyMatch(line -> line.contains("wakes") && line.endsWith("notifyAll"));
    }

    @Test
    void makingAThreadLocalOrAKindOfItIsFound() {
        List<String> found = Monitors.usedIn(PLANTED);

        assertThat(found).anyMatch(line -> line.contains("Blocking.<clinit>") && line.endsWith("ThreadLocal"));
        assertThat(found).anyMatch(line -> line.contains("Inherited.<init>") && line.endsWith("ThreadLocal"));
    }

    @Test
    void codeThatParksIsLeftAlone() {
        assertThat(Monitors.usedIn(PLANTED)).noneMatch(line -> line.contains("parks"));
    }
}
