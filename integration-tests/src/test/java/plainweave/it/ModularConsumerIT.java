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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plainweave.testing.EchoServer;

/** The library on the module path: a program that is a module itself, with Micrometer there and without. */
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
    private List<String> run(List<Path> modulePath) throws IOException, InterruptedException {
        try (EchoServer server = EchoServer.start()) {
            Process program = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "--module-path",
                            path(Stream.concat(Stream.of(classes()), modulePath.stream())
                                    .toList()),
                            "--module",
                            "consumer/consumer.Main",
                            server.host() + ":" + server.port())
                    .redirectErrorStream(true)
                    .start();
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
