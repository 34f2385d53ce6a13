package plainweave.call;

import java.io.Serializable;
import java.time.Duration;

/**
 * One try to reach an endpoint, as an {@link UnreachableException} lists it.
 *
 * @param target the address tried, or the host name where the lookup itself failed
 * @param phase how far the try came
 * @param took from the start of this try to its failure
 * @param cause why it failed
 */
public record Attempt(String target, Phase phase, Duration took, Throwable cause) implements Serializable {
    /** As in {@code 127.0.0.1:7 CONNECT failed after 1.20 ms: Connection refused}. */
    @Override
    public String toString() {
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return target + " " + phase + " failed after " + Progress.inWords(took.toNanos()) + ": " + why;
    }
}
