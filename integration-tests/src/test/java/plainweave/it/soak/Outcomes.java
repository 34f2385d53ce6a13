package plainweave.it.soak;

import java.io.EOFException;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.UnreachableException;

/** How the calls of a long run ended: a few counts, so that they take the same memory after an hour as after a second. */
final class Outcomes {
    private static final int FIRST_FEW = 10;

    private final LongAdder ok = new LongAdder();
    private final LongAdder failedAsExpected = new LongAdder();
    private final LongAdder unexpected = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final AtomicLongArray met = new AtomicLongArray(Fault.values().length);
    private final AtomicInteger told = new AtomicInteger();

    long calls() {
        return ok() + failedAsExpected.sum() + unexpected() + wrong();
    }

    long ok() {
        return ok.sum();
    }

    long unexpected() {
        return unexpected.sum();
    }

    long wrong() {
        return wrong.sum();
    }

    /** How many calls certainly had this happen to them. */
    long met(Fault fault) {
        return met.get(fault.ordinal());
    }

    /** A reply came; whether it is the right one, and whether any could. */
    void replied(Fault fault, boolean right) {
        if (!right) {
            wrong.increment();
            tell("a wrong reply to a request with " + fault, null);
        } else if (!fault.replies()) {
            unexpected("a reply, although the peer sent none, with " + fault, null);
        } else {
            ok.increment();
            if (fault == Fault.HANGUP || fault == Fault.SURPLUS) {
                count(fault);
            }
        }
    }

    /** A call failed. */
    void failed(Fault fault, CallException failure, boolean peerWasDown) {
        if (fault.allows(failure)) {
            failedAsExpected.increment();
            if (failure.sent() || !(failure instanceof DeadlineExceededException)) {
                count(fault); // who ran out of time in the queue has met nothing
            }
        } else if (peerWasDown && Fault.REFUSE.allows(failure)) {
            failedAsExpected.increment();
            if (failure instanceof UnreachableException) {
                count(Fault.REFUSE);
            }
        } else {
            unexpected("call with " + fault + (peerWasDown ? " while the peer was down" : ""), failure);
        }
    }

    /** What a lease read did not end well, and the stream is not to blame: it ended early, or was not the protocol. */
    void misread(Fault fault, IOException failure, boolean peerWasDown) {
        Fault cause = failure instanceof EOFException ? Fault.CUT : Fault.GARBAGE;
        if (fault == cause) {
            failedAsExpected.increment();
            count(fault);
        } else if (peerWasDown && cause == Fault.CUT) {
            failedAsExpected.increment();
        } else {
            unexpected("lease with " + fault, failure);
        }
    }

    /** What must not happen. */
    void unexpected(String what, @Nullable Throwable why) {
        unexpected.increment();
        tell(what, why);
    }

    private void count(Fault fault) {
        met.incrementAndGet(fault.ordinal());
    }

    private void tell(String what, @Nullable Throwable why) {
        if (told.incrementAndGet() <= FIRST_FEW) {
            System.out.println("soak did not expect " + what + (why == null ? "" : ": " + why));
        }
    }

    /** As in {@code reset=123 stall=120}. */
    String faults() {
        return Fault.PROVOKED.stream()
                .map(fault -> fault.name().toLowerCase(Locale.ROOT) + "=" + met(fault))
                .collect(Collectors.joining(" "));
    }

    @Override
    public String toString() {
        return "calls=" + calls() + " ok=" + ok + " failed_as_expected=" + failedAsExpected + " unexpected="
                + unexpected + " wrong=" + wrong;
    }
}
