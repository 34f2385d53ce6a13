package plainweave.it;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/**
 * Whether tests run that need what a machine may not have. A property decides: {@code auto} runs them where it is there, and says so loudly
 * where not; {@code required} fails there; {@code off} leaves them out.
 */
final class Gate {
    /** Tests in containers. */
    static final Gate DOCKER = new Gate("it.docker", "CONTAINER TESTS", "an engine answers", Docker::obstacle);

    /** Tests in a browser. */
    static final Gate BROWSER = new Gate("it.browser", "BROWSER TESTS", "a browser is there", Chromium::obstacle);

    private final String property;
    private final String tests;
    private final String there;
    private final Supplier<Optional<String>> obstacle;
    private @Nullable Verdict said;

    private Gate(String property, String tests, String there, Supplier<Optional<String>> obstacle) {
        this.property = property;
        this.tests = tests;
        this.there = there;
        this.obstacle = obstacle;
    }

    /**
     * What becomes of the tests.
     *
     * @param run whether they run
     * @param reason why, in one line
     */
    record Verdict(boolean run, String reason) {
        /** The same in JUnit's words. */
        ConditionEvaluationResult asCondition() {
            return run ? ConditionEvaluationResult.enabled(reason) : ConditionEvaluationResult.disabled(reason);
        }
    }

    /**
     * The verdict of this JVM, said once.
     *
     * @throws IllegalStateException if they are required and something is in the way
     */
    synchronized Verdict verdict() {
        if (said == null) {
            said = decide(property, System.getProperty(property, "auto"), there, obstacle);
            if (!said.run()) {
                System.out.println("*** " + tests + " ARE SKIPPED: " + said.reason() + " ***");
            }
        }
        return said;
    }

    /**
     * The verdict.
     *
     * @param property what the setting is called
     * @param setting auto, required or off
     * @param there said where nothing is in the way
     * @param obstacle what is in the way, looked for only if it matters
     * @throws IllegalArgumentException if the setting is none of the three
     * @throws IllegalStateException if they are required and something is in the way
     */
    static Verdict decide(String property, String setting, String there, Supplier<Optional<String>> obstacle) {
        return switch (setting) {
            case "off" -> new Verdict(false, property + "=off");
            case "auto" ->
                obstacle.get()
                        .map(why -> new Verdict(false, why + " (" + property + "=required makes this a failure)"))
                        .orElse(new Verdict(true, there));
            case "required" -> {
                obstacle.get().ifPresent(why -> {
                    throw new IllegalStateException(property + "=required, but " + why);
                });
                yield new Verdict(true, there);
            }
            default -> throw new IllegalArgumentException(property + " '" + setting + "' is not auto, required or off");
        };
    }
}
