package plainweave.observe;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Progress;

/** How one call or lease went. Complete when handed out; does not change afterwards. */
public final class ExchangeReport {
    private final Endpoint endpoint;
    private final Priority priority;
    private final Progress progress;
    private final @Nullable CallException failure;

    /**
     * A report.
     *
     * @param endpoint where it went
     * @param priority at which it waited
     * @param progress the time by phase; finished
     * @param failure how it failed, or null if it did not
     */
    public ExchangeReport(Endpoint endpoint, Priority priority, Progress progress, @Nullable CallException failure) {
        this.endpoint = endpoint;
        this.priority = priority;
        this.progress = progress;
        this.failure = failure;
    }

    /** Where it went. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** At which priority it waited. */
    public Priority priority() {
        return priority;
    }

    /** The time by phase, attempts, and whether a kept connection served it. */
    public Progress progress() {
        return progress;
    }

    /** How it failed, if it did. */
    public Optional<CallException> failure() {
        return Optional.ofNullable(failure);
    }

    /** As in {@code localhost:7 NORMAL done in QUEUE 12.0 µs, WRITE 8.00 µs, READ 30.0 µs}. */
    @Override
    public String toString() {
        String outcome = failure == null ? "done" : failure.getClass().getSimpleName();
        return endpoint + " " + priority + " " + outcome + " in " + progress;
    }
}
