package plainweave.dns;

import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which addresses a name had in its last answers. An address that is missing from two answers in a row is gone. Some resolvers give a
 * few of many addresses in turn: once an address has come back after an absence, the name is taken for one of those, and only
 * sixteen absences in a row count, until for sixty-four answers none has come back: a name that failed over and back is no such one.
 * Immutable.
 */
final class History {
    static final History NONE = new History(Map.of(), Integer.MAX_VALUE);

    private static final int GONE_AFTER = 2;
    private static final int GONE_AFTER_WHERE_THEY_ROTATE = 16;

    /** An address is remembered for that many answers without it, so that its coming back is noticed; and so is the coming back. */
    private static final int FORGOTTEN_AFTER = 64;

    private final Map<InetAddress, Integer> absences;

    /** Answers since an address came back after an absence. */
    private final int sinceReturn;

    private History(Map<InetAddress, Integer> absences, int sinceReturn) {
        this.absences = absences;
        this.sinceReturn = sinceReturn;
    }

    /** As it is after one more answer. */
    History after(Collection<InetAddress> answer) {
        Map<InetAddress, Integer> next = new HashMap<>();
        boolean cameBack = false;
        for (Map.Entry<InetAddress, Integer> known : absences.entrySet()) {
            boolean here = answer.contains(known.getKey());
            cameBack |= here && known.getValue() > 0;
            if (!here && known.getValue() < FORGOTTEN_AFTER) {
                next.put(known.getKey(), known.getValue() + 1);
            }
        }
        answer.forEach(address -> next.put(address, 0));
        return new History(next, cameBack ? 0 : sinceReturn == Integer.MAX_VALUE ? sinceReturn : sinceReturn + 1);
    }

    /** The addresses that the name has no longer. */
    Set<InetAddress> gone() {
        int goneAfter = sinceReturn < FORGOTTEN_AFTER ? GONE_AFTER_WHERE_THEY_ROTATE : GONE_AFTER;
        Set<InetAddress> gone = new HashSet<>();
        absences.forEach((address, absent) -> {
            if (absent >= goneAfter) {
                gone.add(address);
            }
        });
        return gone;
    }

    /** Whether the name has one of these for the first time, as far as is remembered, though it had others. */
    boolean grownBy(Collection<InetAddress> answer) {
        return !absences.isEmpty() && !absences.keySet().containsAll(answer);
    }
}
