package plainweave.examples.support;

import plainweave.call.CallException;

/** What an example cannot go on with, in one line for whoever started it. */
public final class Complaint extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A complaint in these words. */
    public Complaint(String line) {
        super(line);
    }

    /** The words. */
    public String line() {
        return String.valueOf(getMessage());
    }

    /**
     * A failed call in one short line. Its own message would also tell where the time went and how permits, queue and
     * pool stood: what a log wants, and more than somebody at a terminal does.
     */
    public static String line(CallException failure) {
        return failure.endpoint() + ": " + failure.reason();
    }
}
