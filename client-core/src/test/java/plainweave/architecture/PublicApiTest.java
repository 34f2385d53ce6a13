package plainweave.architecture;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plainweave.architecture.planted.Shown;
import plainweave.call.Endpoint;
import plainweave.testing.EchoServer;

/** Nobody changes what users see without meaning it: each published module has its signatures in its {@code api.txt}. */
class PublicApiTest {
    private static final String WRITE = "mvn -q -pl client-core -am test -Dtest=PublicApiTest -Dapi=write"
            + " -Dsurefire.failIfNoSpecifiedTests=false";

    private static final Path ROOT = CoreClasses.directory().resolve("../../..").normalize();

    @TempDir
    Path folder;

    @Test
    void theCoreShowsWhatItsFileSays() throws IOException {
        assertShowsWhatItsFileSays("client-core", Endpoint.class);
    }

    @Test
    void theTestingModuleShowsWhatItsFileSays() throws IOException {
        assertShowsWhatItsFileSays("client-testing", EchoServer.class);
    }

    @Test
    void whateverAUserCanNameHasALineAndNothingElseHas() {
        String shown = Stream.of(Shown.class, Shown.Kind.class, Shown.Answer.class, Shown.Yes.class, Shown.No.class)
                .flatMap(type -> Signatures.ofType(type).stream())
                .collect(joining("\n"))
                .replace(Shown.class.getPackageName() + ".", "");

        assertThat(shown).isEqualTo("""
                        public abstract class Shown<K extends Comparable<K>, V> extends Hidden implements java.util.concurrent.Callable<java.util.List<? super K>>
                            protected Shown(K) throws java.io.IOException
                            public static final java.util.Map<String, int[]> CONSTANT
                            public <T extends Number & Runnable> @Nullable T find(java.util.Map.Entry<K, @Nullable V>, int...) throws java.io.IOException, java.util.concurrent.TimeoutException
                            public final void inherited()
                            protected long kept
                            protected abstract Shown.Kind kind()
                            @Deprecated protected static void old()
                        public enum Shown.Kind
                            public static final Shown.Kind ONE
                            public static final Shown.Kind TWO
                            public static Shown.Kind valueOf(String)
                            public static Shown.Kind[] values()
                        public sealed interface Shown.Answer permits Shown.No, Shown.Yes
                            public default boolean good()
                        public record Shown.Yes(String text, @Nullable Object more) implements Shown.Answer
                            public Yes(String, @Nullable Object)
                            public @Nullable Object more()
                            public String text()
                        public static final class Shown.No implements Shown.Answer
                            public No()""");
    }

    private void assertShowsWhatItsFileSays(String module, Class<?> member) throws IOException {
        Path file = ROOT.resolve(module).resolve("api.txt");
        boolean write = "write".equals(System.getProperty("api"));
        Path now = write ? file : folder.resolve("api.txt");
        Files.write(now, Signatures.ofModule(CoreClasses.directoryOf(member)));
        assertThat(now)
                .as(
                        "the public API of %s, in its api.txt; if the change is meant, write the files anew by%n  %s%n",
                        module, WRITE)
                .hasSameTextualContentAs(file);
    }
}
