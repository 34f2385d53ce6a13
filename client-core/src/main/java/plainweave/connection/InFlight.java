package plainweave.connection;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.schedule.Permit;
import plainweave.time.Deadlines;

/**
 * One exchange on a shared connection: its request in bytes, its caller, and the permit, which stays here when the caller leaves.
 *
 * <p>What must always hold: its caller is told once, by whoever moves the state from open to ended. The permit lent to it comes back
 * once: to the caller if nothing was sent and it still waits, else to the semaphore, by the connection's own threads. Whoever has no more
 * use for request, frame or reply lets go of them: among the deadlines it may be remembered for longer than its permit counts for.
 */
final class InFlight<Q, R> extends Link implements Deadlines.Wait {
    /** Its deadline passed. */
    private static final Object TOO_LATE = new Object();

    /** The connection ended before any byte of the request was sent. */
    private static final Object NOT_SENT = new Object();

    /** There was a reply, and its caller has it. */
    private static final Object TAKEN = new Object();

    private static final AtomicIntegerFieldUpdater<InFlight<?, ?>> STATE = updater();

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<InFlight, Object> OUTCOME =
            AtomicReferenceFieldUpdater.newUpdater(InFlight.class, Object.class, "outcome");

    private record Lost(IOException why) {}

    // The lowest bit tells whether it was sent.
    private static final int OPEN = 0;
    private static final int SENT = 1;
    private static final int LEFT = 2;
    private static final int ENDED = 4;

    /** Tells the reply; 0 where replies come in order. */
    final long id;

    final Codec<Q, R> codec;
    private @Nullable Q request;
    private @Nullable ByteWriter frame;
    private final Permit permit;
    private final long deadline;
    private final Thread caller = Thread.currentThread();
    private final int bytes;
    private int replyBytes;
    private long sentAt;
    private volatile int state;
    private volatile @Nullable Object outcome;

    InFlight(Codec<Q, R> codec, Q request, long id, ByteWriter frame, Permit permit, long deadline) {
        this.codec = codec;
        this.request = request;
        this.id = id;
        this.frame = frame;
        this.bytes = (int) frame.frameBytes();
        this.permit = permit;
        this.deadline = deadline;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static AtomicIntegerFieldUpdater<InFlight<?, ?>> updater() {
        return (AtomicIntegerFieldUpdater) AtomicIntegerFieldUpdater.newUpdater(InFlight.class, "state");
    }

    // The connection's threads

    /** What was asked; until the reply has been read. */
    Q request() {
        return Objects.requireNonNull(request);
    }

    /** The request in bytes; until they are written. */
    ByteWriter frame() {
        return Objects.requireNonNull(frame);
    }

    /** The request is written, or about to be from somewhere else. */
    void forgetFrame() {
        frame = null;
    }

    /** How long the request is. */
    int bytes() {
        return bytes;
    }

    /** Whether the connection may be used after this reply. */
    boolean reusable(R reply) {
        return codec.last(request(), reply) && codec.reusable(request(), reply);
    }

    /** It is about to be written; false if its caller has left, so that it need not be. */
    boolean send(long now) {
        sentAt = now;
        return STATE.compareAndSet(this, OPEN, SENT);
    }

    /** No byte of it was taken by the system, and none will be. */
    void unsend() {
        if (!STATE.compareAndSet(this, SENT, OPEN)) {
            STATE.compareAndSet(this, LEFT | SENT, LEFT);
        }
    }

    long sentAt() {
        return sentAt;
    }

    /** Nobody waits for it any more, so it was not written. */
    void dropped() {
        frame = null;
        request = null;
        permit.giveBack(false);
    }

    /** How long its reply was; 0 if there is none. */
    int replyBytes() {
        return replyBytes;
    }

    /** Its reply has been read, whoever wants it; whether that is its caller. */
    boolean answered(R reply, int length) {
        request = null;
        replyBytes = length;
        permit.giveBack(true);
        return end(reply);
    }

    /** The connection is no more, and none of its threads is left but this one. */
    void lost(IOException why) {
        frame = null;
        request = null;
        if (STATE.compareAndSet(this, OPEN, ENDED)) {
            permit.takeBack(); // for another connection
            tell(NOT_SENT);
            return;
        }
        permit.giveBack(false);
        end(new Lost(why));
    }

    /** Its reply could not be read. By the reader, while the writer may still be at its frame. */
    void failed(IOException why) {
        request = null;
        permit.giveBack(false);
        end(new Lost(why));
    }

    private boolean end(Object how) {
        boolean waitedFor = move(ENDED);
        if (waitedFor) {
            tell(how);
        }
        return waitedFor;
    }

    private void tell(Object how) {
        outcome = how; // with a fence: an unpark has none where the caller was unparked before and has not parked since
        LockSupport.unpark(caller);
    }

    // The watchdog and the caller

    /** Its time is over: slot and permit stay for the reply, which may still come. False if it has ended already. */
    boolean expire() {
        boolean waitedFor = move(LEFT);
        if (waitedFor) {
            tell(TOO_LATE);
        }
        return waitedFor;
    }

    /** From open, whether it was sent or not: the writer may find just now that it was not, after all. */
    private boolean move(int to) {
        int now = state;
        while (now <= SENT) {
            if (STATE.compareAndSet(this, now, to | now)) {
                return true;
            }
            now = state;
        }
        return false;
    }

    /** Whether a byte of it may have reached the peer. */
    boolean sent() {
        return (state & SENT) != 0;
    }

    /**
     * Waits for what becomes of it. Only by its caller.
     *
     * @throws InterruptedException if the caller is interrupted first
     */
    void await() throws InterruptedException {
        boolean interrupted = false;
        while (outcome == null) {
            LockSupport.park(this);
            if (outcome == null && Thread.interrupted()) {
                if (move(LEFT)) {
                    throw new InterruptedException("interrupted while waiting for the reply");
                }
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt(); // it came too late to matter
        }
    }

    /** Whether anything became of it; if not, its caller has left by itself. */
    boolean isTold() {
        return outcome != null;
    }

    boolean isTooLate() {
        return outcome == TOO_LATE;
    }

    boolean isNotSent() {
        return outcome == NOT_SENT;
    }

    /** Why there is no reply, once it was sent; null if there is, or was, one. */
    @Nullable
    IOException failure() {
        return outcome instanceof Lost lost ? lost.why : null;
    }

    /** The reply, once. */
    @SuppressWarnings("unchecked") // what is neither of the above is what answered() was given
    R takeReply() {
        Object reply = outcome;
        if (reply == null || reply == TAKEN) {
            throw new IllegalStateException("there is no reply to take");
        }
        OUTCOME.lazySet(this, TAKEN); // nobody waits for it
        return (R) reply;
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public boolean isOver() {
        return state > SENT;
    }
}
