package plainweave.it;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;

/**
 * Whether tests in containers run. {@code -Dit.docker} decides: {@code auto} runs them where an engine answers and
 * has the image of the servers or can build it, and says so loudly where not; {@code required} fails there; {@code
 * off} leaves them out.
 */
final class Docker {
    private static final String PROPERTY = "it.docker";

    private static @Nullable Verdict said;

    private Docker() {}

    /**
     * What becomes of the tests in containers.
     *
     * @param run whether they run
     * @param reason why, in one line
     */
    record Verdict(boolean run, String reason) {}

    /**
     * The verdict of this JVM, said once.
     *
     * @throws IllegalStateException if containers are required and cannot be had
     */
    static synchronized Verdict verdict() {
        if (said == null) {
            said = decide(System.getProperty(PROPERTY, "auto"), Docker::obstacle);
            if (!said.run()) {
                System.out.println("*** CONTAINER TESTS ARE SKIPPED: " + said.reason() + " ***");
            }
        }
        return said;
    }

    /**
     * The verdict.
     *
     * @param setting auto, required or off
     * @param obstacle what is in the way of containers, looked for only if it matters
     * @throws IllegalArgumentException if the setting is none of the three
     * @throws IllegalStateException if containers are required and something is in the way
     */
    static Verdict decide(String setting, Supplier<Optional<String>> obstacle) {
        return switch (setting) {
            case "off" -> new Verdict(false, "it.docker=off");
            case "auto" ->
                obstacle.get()
                        .map(why -> new Verdict(false, why + " (it.docker=required makes this a failure)"))
                        .orElse(new Verdict(true, "an engine answers"));
            case "required" -> {
                obstacle.get().ifPresent(why -> {
                    throw new IllegalStateException("it.docker=required, but " + why);
                });
                yield new Verdict(true, "an engine answers");
            }
            default -> throw new IllegalArgumentException("it.docker '" + setting + "' is not auto, required or off");
        };
    }

    private static Optional<String> obstacle() {
        try {
            DockerClientFactory.instance().client();
        } catch (RuntimeException e) {
            return Optional.of("no Docker engine answers; .ci/docker-up brings one up");
        }
        try {
            ServerImage.name();
        } catch (RuntimeException e) {
            return Optional.of("the image of the test servers cannot be built; .ci/docker-up gets its base image: "
                    + firstLine(e));
        }
        return Optional.empty();
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
