package plainweave.call;

import java.time.Duration;
import java.util.List;

/**
 * How early a call may go. Each priority has a head start: callers that wait for a permit are ordered by their arrival minus
 * their head start, so an {@link #URGENT} call goes ahead of every {@link #BACKGROUND} call that arrived less than 20 s before
 * it, and nobody starves: whoever has waited longer than the difference goes first. Immutable; equal by name and head start.
 */
public final class Priority implements Comparable<Priority> {
    /** Beyond a day a head start means "always first", which is starvation. */
    private static final Duration MAX_HEAD_START = Duration.ofDays(1);

    /** Somebody is waiting for this: ten seconds of head start. */
    public static final Priority URGENT = of("URGENT", Duration.ofSeconds(10));

    /** The default: no head start. */
    public static final Priority NORMAL = of("NORMAL", Duration.ZERO);

    /** Bulk work: ten seconds of handicap. */
    public static final Priority BACKGROUND = of("BACKGROUND", Duration.ofSeconds(-10));

    private final String name;
    private final Duration headStart;
    private final long headStartNanos;

    private Priority(String name, Duration headStart) {
        this.name = name;
        this.headStart = headStart;
        this.headStartNanos = headStart.toNanos();
    }

    /**
     * A priority of your own.
     *
     * @param name what metrics and messages call it; not blank
     * @param headStart how much earlier it counts as having arrived; negative for a handicap; at most a day either way
     * @throws IllegalArgumentException if the name is blank or the head start over a day
     */
    public static Priority of(String name, Duration headStart) {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("priority name '" + name + "' is null or blank");
        }
        if (headStart == null
                || headStart.compareTo(MAX_HEAD_START) > 0
                || headStart.compareTo(MAX_HEAD_START.negated()) < 0) {
            throw new IllegalArgumentException("headStart " + headStart + " of priority " + name + " is null, or over "
                    + MAX_HEAD_START + " either way");
        }
        return new Priority(name, headStart);
    }

    /**
     * The priority of that name, as from a configuration: {@code URGENT}, {@code NORMAL} or {@code BACKGROUND}, in any case.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static Priority named(String name) {
        for (Priority priority : List.of(URGENT, NORMAL, BACKGROUND)) {
            if (priority.name.equalsIgnoreCase(name)) {
                return priority;
            }
        }
        throw new IllegalArgumentException("there is no priority '" + name
                + "'; there are URGENT, NORMAL and BACKGROUND," + " and Priority.of makes others");
    }

    /** What metrics and messages call it. */
    public String name() {
        return name;
    }

    /** How much earlier it counts as having arrived; negative for a handicap. */
    public Duration headStart() {
        return headStart;
    }

    /** {@link #headStart()} in nanoseconds. */
    public long headStartNanos() {
        return headStartNanos;
    }

    /** The greater head start is the greater priority; equal head starts are ordered by name, as {@code equals} has it. */
    @Override
    public int compareTo(Priority other) {
        int byHeadStart = headStart.compareTo(other.headStart);
        return byHeadStart != 0 ? byHeadStart : name.compareTo(other.name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Priority that && name.equals(that.name) && headStart.equals(that.headStart);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + headStart.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
