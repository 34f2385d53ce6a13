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
 * sixteen absences in a row count. Immutable.
 */
final class History {
    static final History NONE = new History(Map.of(), false);

    private static final int GONE_AFTER = 2;
    private static final int GONE_AFTER_WHERE_THEY_ROTATE = 16;

    /** An address is remembered for that many answers without it, so that its coming back is noticed. */
    private static final int FORGOTTEN_AFTER = 64;

    private final Map<InetAddress, Integer> absences;
    private final boolean rotates;

    private History(Map<InetAddress, Integer> absences, boolean rotates) {
        this.absences = absences;
        this.rotates = rotates;
    }

    /** As it is after one more answer. */
    History after(Collection<InetAddress> answer) {
        Map<InetAddress, Integer> next = new HashMap<>();
        boolean cameBack = rotates;
        for (Map.Entry<InetAddress, Integer> known : absences.entrySet()) {
            boolean here = answer.contains(known.getKey());
            cameBack |= here && known.getValue() > 0;
            if (!here && known.getValue() < FORGOTTEN_AFTER) {
                next.put(known.getKey(), known.getValue() + 1);
            }
        }
        answer.forEach(address -> next.put(address, 0));
        return new History(next, cameBack);
    }

    /** The addresses that the name has no longer. */
    Set<InetAddress> gone() {
        int goneAfter = rotates ? GONE_AFTER_WHERE_THEY_ROTATE : GONE_AFTER;
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
