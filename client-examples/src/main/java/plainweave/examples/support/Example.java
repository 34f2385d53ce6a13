package plainweave.examples.support;

import plainweave.call.CallException;

/** The body of an example. */
@FunctionalInterface
public interface Example {
    /**
     * Runs it to its end.
     *
     * @param screen where it shows what it does
     * @param settings what the user said
     * @return the exit code
     * @throws Complaint if it cannot go on
     * @throws CallException if a call failed that it cannot do without
     */
    int run(Screen screen, Settings settings);

    /** Runs an example as a program: with the system properties, on the standard streams, to the end of this JVM. */
    static void start(Example example) {
        System.exit(exitCode(example, Screen.standard(), Settings.ofSystem()));
    }

    /** Runs an example; what it cannot go on with becomes one line, and exit code 1. */
    static int exitCode(Example example, Screen screen, Settings settings) {
        try {
            return example.run(screen, settings);
        } catch (Complaint e) {
            screen.complain(e.line());
        } catch (CallException e) {
            screen.complain(Complaint.line(e));
        }
        return 1;
    }
}
