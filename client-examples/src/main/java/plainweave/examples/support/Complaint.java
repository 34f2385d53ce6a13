package plainweave.examples.support;

import java.util.stream.Collectors;
import plainweave.call.Attempt;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.RejectedException;
import plainweave.call.UnreachableException;

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
        String endpoint = failure.endpoint().toString();
        return switch (failure) {
            case UnreachableException e -> "cannot reach " + endpoint + attempts(e);
            case DeadlineExceededException e -> endpoint + " was too slow: " + e.progress();
            case ConnectionLostException e -> endpoint + " hung up in phase " + e.phase() + cause(e);
            case CodecException e -> endpoint + " speaks another protocol" + cause(e);
            case RejectedException e -> String.valueOf(e.getMessage());
            case CancelledException e -> String.valueOf(e.getMessage());
        };
    }

    private static String attempts(UnreachableException e) {
        return e.attempts().isEmpty()
                ? " in time"
                : e.attempts().stream().map(Attempt::toString).collect(Collectors.joining("; ", ": ", ""));
    }

    private static String cause(CallException e) {
        return e.getCause() == null ? "" : ": " + e.getCause().getMessage();
    }
}
