package plainweave.call;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far one call has come: the phase it is in, the time it spent in each, whether any byte of its request was sent. The library
 * writes it from the one thread that makes the call; read it in a failure or a report, when the call is over and it no longer
 * changes.
 */
public final class Progress implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final Phase[] PHASES = Phase.values();

    private final long[] spent = new long[PHASES.length];
    private final long started;
    private final transient @Nullable Recording recording;
    private Phase phase = Phase.QUEUE;
    private long since;
    private int attempts;
    private boolean reused;
    private boolean sent;

    /**
     * A call that begins, in {@link Phase#QUEUE}.
     *
     * @param now the present instant of {@link System#nanoTime()}
     */
    public Progress(long now) {
        this(now, null);
    }

    /**
     * The same, and somebody records it. For the library.
     *
     * @param recording told how the call goes; null if nobody wants to know
     */
    public Progress(long now, @Nullable Recording recording) {
        this.started = now;
        this.since = now;
        this.recording = recording;
    }

    /** What a flight recording is told of one call beside its progress, on the thread that makes the call. For the library. */
    public interface Recording {
        /** So many more bytes were written and read for it. */
        void moved(long bytesOut, long bytesIn);

        /**
         * It is over.
         *
         * @param progress finished
         * @param failure how it failed; null if it did not
         */
        void over(Endpoint endpoint, Priority priority, Progress progress, @Nullable CallException failure);
    }

    /** The same as it is now, and as it stays whatever becomes of this one. */
    public Progress copy() {
        Progress copy = new Progress(started);
        System.arraycopy(spent, 0, copy.spent, 0, spent.length);
        copy.phase = phase;
        copy.since = since;
        copy.attempts = attempts;
        copy.reused = reused;
        copy.sent = sent;
        return copy;
    }

    /**
     * The next phase begins.
     *
     * @param next the phase
     * @param now the present instant of {@link System#nanoTime()}
     */
    public void enter(Phase next, long now) {
        spent[phase.ordinal()] += now - since;
        since = now;
        phase = next;
    }

    /**
     * The call is over, in the phase it is in.
     *
     * @param now the present instant of {@link System#nanoTime()}
     */
    public void finish(long now) {
        enter(phase, now);
    }

    /**
     * The next phase begins, and the time since the last change was the caller's own: it counts for no phase.
     *
     * @param next the phase
     * @param now the present instant of {@link System#nanoTime()}
     */
    public void resume(Phase next, long now) {
        since = now;
        phase = next;
    }

    /**
     * The request is about to be written to a connection.
     *
     * @param onReused whether that connection has served exchanges before
     */
    public void attempt(boolean onReused) {
        attempts++;
        reused = onReused;
    }

    /** The system took at least one byte of the request. */
    public void markSent() {
        sent = true;
    }

    /** So many more bytes were written and read for it, which only a recording counts. */
    public void moved(long bytesOut, long bytesIn) {
        if (recording != null) {
            recording.moved(bytesOut, bytesIn);
        }
    }

    /** It is reported, finished: a recording is told. */
    public void over(Endpoint endpoint, Priority priority, @Nullable CallException failure) {
        if (recording != null) {
            recording.over(endpoint, priority, this, failure);
        }
    }

    /** The phase the call is in, or ended in. */
    public Phase phase() {
        return phase;
    }

    /** Nanoseconds spent in a phase that has ended; the one that lasts counts when the next begins or the call ends. */
    public long nanos(Phase of) {
        return spent[of.ordinal()];
    }

    /** Nanoseconds from the start to the beginning of the present phase, or to the end of the call once it is over. */
    public long totalNanos() {
        return since - started;
    }

    /** When the call began, on the scale of {@link System#nanoTime()}. */
    public long started() {
        return started;
    }

    /** How many connections the request was tried on: 0 if none was had, 2 after a repeat. */
    public int attempts() {
        return attempts;
    }

    /** Whether the last attempt was made on a connection that had served exchanges before. */
    public boolean reused() {
        return reused;
    }

    /** Whether the system took at least one byte of the request, or may have, so that the peer may have acted on it. */
    public boolean sent() {
        return sent;
    }

    /** The phases that took time with their durations, as in {@code QUEUE 1.20 s, CONNECT 300 ms}. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        for (Phase p : PHASES) {
            if (spent[p.ordinal()] > 0 || p == phase) {
                parts.add(p + " " + inWords(spent[p.ordinal()]));
            }
        }
        return String.join(", ", parts);
    }

    /** A duration for people, with three digits: {@code 850 ns}, {@code 12.3 ms}, {@code 1.20 s}. */
    public static String inWords(long nanos) {
        double abs = Math.abs((double) nanos);
        String[] units = {"ns", "µs", "ms", "s"};
        int unit = 0;
        while (unit < units.length - 1 && abs >= 999.5) {
            abs /= 1000;
            unit++;
        }
        String digits = unit == 0 || abs >= 99.95
                ? String.format(Locale.ROOT, "%.0f", abs)
                : String.format(Locale.ROOT, abs >= 9.995 ? "%.1f" : "%.2f", abs);
        return (nanos < 0 ? "-" : "") + digits + " " + units[unit];
    }
}
