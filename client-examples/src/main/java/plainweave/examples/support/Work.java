package plainweave.examples.support;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;

/** How much of an example's work is done, shown on the screen until it is closed. Safe from any thread. */
public final class Work implements AutoCloseable {
    private static final double NANOS = 1e9;

    private final LongSupplier total;
    private final LongAdder done = new LongAdder();
    private final AtomicReference<@Nullable String> firstTrouble = new AtomicReference<>();
    private final long start = System.nanoTime();
    private volatile long took;
    private @Nullable ProgressLine line;

    Work(long total) {
        if (total < 1) {
            throw new IllegalArgumentException("total " + total + " is below 1");
        }
        this.total = () -> total;
    }

    /** Work of which more may come for as long as it is not closed. */
    Work(LongSupplier begun) {
        this.total = begun;
    }

    /** One piece is done, if it is right; what is not done in the end counts as failed. */
    public void check(boolean right, String otherwise) {
        if (right) {
            done.increment();
        } else {
            trouble(otherwise);
        }
    }

    /**
     * One piece is a call: it is done if there is a reply, and that is right.
     *
     * @param isRight makes the call, and looks at the reply
     * @return whether there was a reply
     */
    public boolean call(BooleanSupplier isRight) {
        try {
            check(isRight.getAsBoolean(), "a reply was not what had been sent");
            return true;
        } catch (CallException e) {
            failed(e);
            return false;
        }
    }

    /** A piece, and perhaps more with it, will not be done. */
    public void failed(CallException why) {
        trouble(Complaint.line(why));
    }

    private void trouble(String why) {
        firstTrouble.compareAndSet(null, why);
    }

    void showOn(ProgressLine shown) {
        line = shown;
        shown.start();
    }

    /** No more will be done: stops the clock, and clears the screen for the results. */
    @Override
    public void close() {
        took = System.nanoTime() - start;
        if (line != null) {
            line.close();
        }
    }

    /** How much there is to do. */
    public long total() {
        return total.getAsLong();
    }

    /** How much is done. */
    public long done() {
        return done.sum();
    }

    /** How much is not done: once the work is closed, what has failed. */
    public long left() {
        return total() - done();
    }

    /** How long it took, once it is closed. */
    public double seconds() {
        return took / NANOS;
    }

    /** How much was done in a second, once it is closed. */
    public double rate() {
        return done() / seconds();
    }

    /** How long ago that {@link System#nanoTime} was. */
    public static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / NANOS;
    }

    /** 0 if all is done; else 1, and the screen tells how much failed, and the first reason. */
    public int exitCode(Screen screen) {
        if (left() == 0) {
            return 0;
        }
        String why = firstTrouble.get();
        screen.complain(left() + " of " + total() + " failed" + (why == null ? "" : ", the first one because: " + why));
        return 1;
    }
}
