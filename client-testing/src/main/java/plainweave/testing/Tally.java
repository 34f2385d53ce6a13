package plainweave.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What a server has seen so far; a test may wait for it. */
final class Tally {
    // The first failures tell the story; a server under load must not grow without a bound.
    private static final int MAX_FAILURES = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Throwable> failures = new ArrayList<>();
    private final LongAdder bytesRead = new LongAdder();
    private int connections;
    private int open;
    private int requests;

    void opened() {
        change(() -> {
            connections++;
            open++;
        });
    }

    void closed() {
        change(() -> open--);
    }

    void requested() {
        change(() -> requests++);
    }

    void failed(Throwable failure) {
        change(() -> {
            if (failures.size() < MAX_FAILURES) {
                failures.add(failure);
            }
        });
    }

    void read(int bytes) {
        bytesRead.add(bytes);
    }

    int connections() {
        return look(() -> connections);
    }

    int open() {
        return look(() -> open);
    }

    int requests() {
        return look(() -> requests);
    }

    long bytesRead() {
        return bytesRead.sum();
    }

    List<Throwable> failures() {
        return look(() -> List.copyOf(failures));
    }

    void awaitConnections(int count, Duration within) throws InterruptedException {
        await(() -> connections >= count, count + " connections", within);
    }

    void awaitOpen(int count, Duration within) throws InterruptedException {
        await(() -> open == count, count + " open", within);
    }

    void awaitRequests(int count, Duration within) throws InterruptedException {
        await(() -> requests >= count, count + " requests", within);
    }

    void assertNoFailures() {
        List<Throwable> all = failures();
        if (!all.isEmpty()) {
            AssertionError error = new AssertionError(all.size() + " scripts failed, the first by " + all.getFirst());
            all.forEach(error::addSuppressed);
            throw error;
        }
    }

    private void await(BooleanSupplier reached, String wanted, Duration within) throws InterruptedException {
        long remaining = TimeUnit.NANOSECONDS.convert(within);
        lock.lockInterruptibly();
        try {
            while (!reached.getAsBoolean()) {
                if (remaining <= 0) {
                    throw tooLate(wanted, within);
                }
                remaining = changed.awaitNanos(remaining);
            }
        } finally {
            lock.unlock();
        }
    }

    private AssertionError tooLate(String wanted, Duration within) {
        AssertionError error = new AssertionError("not " + wanted + " within " + within + ", but connections "
                + connections + ", open " + open + ", requests " + requests + ", bytes read " + bytesRead);
        failures.forEach(error::addSuppressed);
        return error;
    }

    private void change(Runnable update) {
        lock.lock();
        try {
            update.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private <T> T look(Supplier<T> at) {
        lock.lock();
        try {
            return at.get();
        } finally {
            lock.unlock();
        }
    }
}
