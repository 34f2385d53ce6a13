package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plainweave.testing.EchoServer;

/** The library on the module path: a program that is a module itself, with Micrometer and Flight Recorder there and without. */
final class ModularConsumerIT {
    private static final String PLAIN_MODULE = """
            module consumer {
                requires plainweave.core;
            }
            """;
    private static final String PLAIN_MAIN = """
            package consumer;

            import plainweave.Client;
            import plainweave.call.Endpoint;
            import plainweave.codec.Codecs;

            public final class Main {
                public static void main(String[] args) {
                    boolean metered = ModuleLayer.boot().findModule("micrometer.core").isPresent();
                    System.out.println(metered ? "with Micrometer" : "without");
                    try (Client client = Client.create()) {
                        System.out.println(client.remote(Endpoint.parse(args[0]), Codecs.lines()).call("hello"));
                    }
                }
            }
            """;

    private static final String METERED_MODULE = """
            module consumer {
                requires plainweave.core;
                requires micrometer.core;
            }
            """;
    private static final String METERED_MAIN = """
            package consumer;

            import io.micrometer.core.instrument.MeterRegistry;
            import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
            import plainweave.Client;
            import plainweave.ClientOptions;
            import plainweave.call.Endpoint;
            import plainweave.codec.Codecs;
            import plainweave.observe.micrometer.Meters;
            import plainweave.observe.micrometer.MicrometerObserver;

            public final class Main {
                public static void main(String[] args) {
                    boolean metered = ModuleLayer.boot().findModule("micrometer.core").isPresent();
                    System.out.println(metered ? "with Micrometer" : "without");
                    MeterRegistry registry = new SimpleMeterRegistry();
                    ClientOptions options = ClientOptions.builder()
                            .observer(new MicrometerObserver(registry))
                            .build();
                    try (Client client = Client.create(options)) {
                        System.out.println(client.remote(Endpoint.parse(args[0]), Codecs.lines()).call("hello"));
                    }
                    System.out.println(registry.get(Meters.EXCHANGE.meterName()).timer().count());
                }
            }
            """;

    private static final String RECORDED_MAIN = """
            package consumer;

            import plainweave.Client;
            import plainweave.call.Endpoint;
            import plainweave.call.UnreachableException;
            import plainweave.codec.Codecs;

            public final class Main {
                public static void main(String[] args) {
                    boolean recorded = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
                    System.out.println(recorded ? "with Flight Recorder" : "without");
                    Endpoint plain = Endpoint.parse(args[0]);
                    Endpoint tls = Endpoint.tls(plain.host(), plain.port());
                    try (Client client = Client.create()) {
                        System.out.println(client.remote(plain, Codecs.lines()).call("hello"));
                        client.remote(tls, Codecs.lines()).call("hello");
                    } catch (UnreachableException e) {
                        System.out.println(e.phase());
                    }
                }
            }
            """;

    @TempDir
    private Path folder;

    @Test
    void startsWithoutMicrometer() throws Exception {
        List<Path> modulePath = core();
        compile(modulePath, PLAIN_MODULE, PLAIN_MAIN);

        assertThat(run(modulePath)).containsExactly("without", "hello");
    }

    @Test
    void reportsToMicrometerWhereItIsThere() throws Exception {
        List<Path> modulePath =
                Stream.concat(core().stream(), micrometer().stream()).toList();
        compile(modulePath, METERED_MODULE, METERED_MAIN);

        assertThat(run(modulePath)).containsExactly("with Micrometer", "hello", "1");
    }

    @Test
    void worksOnARuntimeWithoutFlightRecorder() throws Exception {
        List<Path> modulePath = core();
        compile(modulePath, PLAIN_MODULE, RECORDED_MAIN);

        assertThat(run(modulePath, "--limit-modules", "consumer")).containsExactly("without", "hello", "TLS");
    }

    @Test
    void writesEventsToAFlightRecording() throws Exception {
        List<Path> modulePath = core();
        compile(modulePath, PLAIN_MODULE, RECORDED_MAIN);
        Path recording = folder.resolve("recording.jfr");

        assertThat(run(
                        modulePath,
                        "-Xlog:disable",
                        "-XX:StartFlightRecording:filename=" + recording + ",+plainweave.Exchange#threshold=0ms"))
                .containsExactly("with Flight Recorder", "hello", "TLS");
        assertThat(RecordingFile.readAllEvents(recording).stream()
                        .filter(event -> event.getEventType().getName().equals("plainweave.Exchange"))
                        .map(event -> event.getString("outcome")))
                .containsExactlyInAnyOrder("done", "Unreachable");
    }

    private static List<Path> core() throws Exception {
        return locations(
                "plainweave.Client",
                "org.apache.commons.pool2.ObjectPool",
                "com.github.benmanes.caffeine.cache.Cache",
                "org.jspecify.annotations.NullMarked");
    }

    private static List<Path> micrometer() throws Exception {
        return locations(
                "io.micrometer.core.instrument.MeterRegistry",
                "io.micrometer.observation.Observation",
                "io.micrometer.common.KeyValue",
                "org.HdrHistogram.Histogram");
    }

    /** The jars, or folders of classes, that these come from. */
    private static List<Path> locations(String... classes) throws ClassNotFoundException, URISyntaxException {
        List<Path> found = new ArrayList<>();
        for (String name : classes) {
            Class<?> type = Class.forName(name, false, ModularConsumerIT.class.getClassLoader());
            found.add(Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI()));
        }
        return found;
    }

    private void compile(List<Path> modulePath, String module, String main) throws IOException {
        Path sources = Files.createDirectories(folder.resolve("sources/consumer"));
        Path moduleFile = Files.writeString(sources.resolveSibling("module-info.java"), module);
        Path mainFile = Files.writeString(sources.resolve("Main.java"), main);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler).as("the compiler of the JDK that runs the tests").isNotNull();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            StringWriter said = new StringWriter();
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-d", classes().toString(), "--module-path", path(modulePath)),
                            null,
                            files.getJavaFileObjects(moduleFile, mainFile))
                    .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    /** What the program says, line by line. */
    private List<String> run(List<Path> modulePath, String... options) throws IOException, InterruptedException {
        try (EchoServer server = EchoServer.start()) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-Xmx64m");
            command.addAll(List.of(options));
            command.addAll(List.of(
                    "--module-path",
                    path(Stream.concat(Stream.of(classes()), modulePath.stream())
                            .toList()),
                    "--module",
                    "consumer/consumer.Main",
                    server.host() + ":" + server.port()));
            Process program =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                List<String> said =
                        program.inputReader(StandardCharsets.UTF_8).lines().toList();
                assertThat(program.waitFor(10, TimeUnit.SECONDS))
                        .as("the program ends")
                        .isTrue();
                assertThat(program.exitValue()).as(String.join("\n", said)).isZero();
                return said;
            } finally {
                program.destroyForcibly();
            }
        }
    }

    private Path classes() {
        return folder.resolve("classes");
    }

    private static String path(List<Path> entries) {
        return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
}
