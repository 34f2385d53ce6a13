package plainweave.it.soak;

import java.util.EnumSet;
import java.util.Set;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.DeadlineExceededException;
import plainweave.call.UnreachableException;

/** What a request asks its peer to do to it, and how its call may end then. */
enum Fault {
    /** A reply as it should be. */
    NONE(true),
    /** The connection is reset, before the reply or in the middle of it. */
    RESET(false, ConnectionLostException.class),
    /** No reply ever. */
    STALL(false, DeadlineExceededException.class),
    /** The reply comes just after the caller's deadline, so closely that now and then it wins. */
    LATE(true, DeadlineExceededException.class),
    /** The connection ends in good order before the reply is whole. */
    CUT(false, ConnectionLostException.class),
    /** What comes is not the protocol, or claims to be longer than any reply may be. */
    GARBAGE(false, CodecException.class),
    /** A good reply, and then the peer closes: the next call, if it is repeatable, must not feel it. */
    HANGUP(true),
    /** A good reply, and in the same segment bytes nobody asked for: the next call must not be given them. */
    SURPLUS(true),
    /** The caller is interrupted while the peer takes its time. */
    INTERRUPT(true, CancelledException.class),
    /** The peer refuses the login that the connection begins with. */
    UNWELCOME(false, UnreachableException.class),
    /** The peer is down: connects are refused, and what was open has ended. */
    REFUSE(true, UnreachableException.class, ConnectionLostException.class);

    /** All that go wrong. */
    static final Set<Fault> PROVOKED = EnumSet.complementOf(EnumSet.of(NONE));

    private final boolean replies;
    private final Set<Class<?>> failures;

    Fault(boolean replies, Class<?>... failures) {
        this.replies = replies;
        this.failures = Set.of(failures);
    }

    /** Whether the call may end with a reply. */
    boolean replies() {
        return replies;
    }

    /** Whether the call may end like this. */
    boolean allows(CallException failure) {
        return failures.contains(failure.getClass());
    }
}
