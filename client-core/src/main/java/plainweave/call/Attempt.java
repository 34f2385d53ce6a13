package plainweave.call;

import java.io.Serializable;
import java.net.UnknownHostException;
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
        return target + " " + phase + " failed after " + Progress.inWords(took.toNanos()) + ": " + why();
    }

    private String why() {
        String said = cause.getMessage();
        if (said == null) {
            return cause.getClass().getSimpleName();
        }
        // The JDK remembers for a while that a host is unknown, and then says no more than its name.
        return cause instanceof UnknownHostException && said.equals(target) ? "unknown host" : said;
    }
}
