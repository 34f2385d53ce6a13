package plainweave;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import plainweave.Bulk.Item;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.call.CallException;

/**
 * The threads of a bulk: each takes its turn at the source, makes the call, and leaves the outcome for the consumer.
 *
 * <p>What must always hold: one worker at a time is at the source; no more items are out, that is taken and not consumed, than there are
 * places for outcomes, so an outcome never waits for its place; while there is room and more to take, some worker is at the source, is
 * on its way there, or will come as soon as its call is over and nobody else could be called.
 *
 * <p>A worker that has taken an item calls one other to the source and no more: one that waits, else a new one while there may be more.
 * Where the source is faster than the calls all are busy, nobody waits there, and an item costs two uncontended locks. No lock is
 * held while the source is asked, for it is a user's code.
 */
final class BulkWorkers<Q, R> {
    private final Remote<Q, R> remote;
    private final Iterator<? extends Q> source;
    private final int most;
    private final boolean inOrder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition turn = lock.newCondition();
    private final Condition outcome = lock.newCondition();

    // All under the lock. An outcome's place is its index where order matters, else the number of those that came
    // before it.
    private final @Nullable Item<Q, R>[] places;
    private final List<Thread> threads = new ArrayList<>();
    private long taken;
    private long arrived;
    private long fetched;
    private int calling;
    private int waiting;
    private boolean onItsWay;
    private boolean atSource;
    private boolean over;
    private boolean consumerWaits;
    private @Nullable Throwable fault;

    // Written by the consumer alone, without the lock.
    private volatile long consumed;
    private volatile boolean full;

    BulkWorkers(Remote<Q, R> remote, Iterator<? extends Q> source, int concurrency, boolean inOrder) {
        this.remote = remote;
        this.source = source;
        this.most = concurrency;
        this.inOrder = inOrder;
        this.places = places(2 * concurrency); // one for each call, and as many for outcomes that wait
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a generic array
    private static <Q, R> @Nullable Item<Q, R>[] places(int count) {
        return new Item[count];
    }

    private final class Worker implements Runnable {
        private boolean mineIsTheTurn;
        private boolean mineIsACall;

        @Override
        public void run() {
            try {
                work();
            } catch (Throwable e) {
                broken(this, e);
            }
        }

        private void work() {
            Item<Q, R> finished = null;
            while (true) {
                Thread.interrupted(); // a codec may have left it set; if it was us, it is over
                if (!comeToSource(this, finished)) {
                    return;
                }
                Q request = ask();
                long index = leaveSource(this, request != null);
                if (request == null) {
                    return;
                }
                finished = new Item<>(index, request, call(request));
            }
        }
    }

    /** Begins with one worker. */
    void start() {
        lock.lock();
        try {
            callAnother();
        } finally {
            lock.unlock();
        }
    }

    /** Leaves the outcome of the item before and waits for a turn at the source; false if it is over. */
    private boolean comeToSource(Worker worker, @Nullable Item<Q, R> finished) {
        lock.lock();
        try {
            if (finished == null) {
                onItsWay = false;
            } else {
                calling--;
                worker.mineIsACall = false;
                places[place(inOrder ? finished.index() : arrived++)] = finished;
                wakeConsumer();
            }
            while (!over && (atSource || !room())) {
                waiting++;
                turn.awaitUninterruptibly();
                waiting--;
                onItsWay = false;
            }
            atSource = !over;
            worker.mineIsTheTurn = atSource;
            return atSource;
        } finally {
            lock.unlock();
        }
    }

    /** The next item; null at the end, and if the source threw. */
    private @Nullable Q ask() {
        try {
            return source.hasNext() ? Objects.requireNonNull(source.next(), "an item of the source is null") : null;
        } catch (Throwable e) {
            lock.lock();
            try {
                blame(e);
            } finally {
                lock.unlock();
            }
            return null;
        }
    }

    /** The index of the item that was taken, if one was; else it is over. */
    private long leaveSource(Worker worker, boolean withItem) {
        lock.lock();
        try {
            atSource = false;
            worker.mineIsTheTurn = false;
            if (!withItem) {
                stop();
                wakeConsumer();
                return -1;
            }
            calling++;
            worker.mineIsACall = true;
            long index = taken++;
            callAnother();
            return index;
        } finally {
            lock.unlock();
        }
    }

    private Outcome<R> call(Q request) {
        try {
            return new Done<>(remote.call(request));
        } catch (CallException e) {
            return new Failed<>(e);
        }
    }

    /** An Error, or our own mistake: whatever it held up goes on, and the consumer hears of it. */
    private void broken(Worker worker, Throwable e) {
        lock.lock();
        try {
            blame(e);
            atSource &= !worker.mineIsTheTurn;
            calling -= worker.mineIsACall ? 1 : 0;
            stop();
            threads.forEach(Thread::interrupt);
            wakeConsumer();
        } finally {
            lock.unlock();
        }
    }

    private int place(long number) {
        return (int) (number % places.length);
    }

    private boolean room() {
        if (taken - consumed < places.length) {
            return true;
        }
        full = true; // first, and then a second look: the consumer writes and reads these the other way round
        return taken - consumed < places.length;
    }

    private void callAnother() {
        if (over || atSource || onItsWay || !room()) {
            return;
        }
        if (waiting > 0) {
            onItsWay = true;
            turn.signal();
        } else if (threads.size() < most) {
            Thread thread = Thread.ofVirtual().name("plainweave-bulk").unstarted(new Worker());
            thread.start();
            threads.add(thread);
            onItsWay = true;
        }
    }

    private void stop() {
        over = true;
        turn.signalAll();
        outcome.signalAll();
    }

    private void blame(Throwable e) {
        if (fault == null) {
            fault = e;
        } else if (!fault.equals(e)) {
            fault.addSuppressed(e);
        }
    }

    /**
     * One worker wakes the consumer, after all others that can run now have left their outcomes too: waking a thread costs as much as
     * a third of an exchange, and this way that is shared.
     */
    private void wakeConsumer() {
        if (!consumerWaits || !(places[place(fetched)] != null || ended())) {
            return;
        }
        consumerWaits = false;
        lock.unlock();
        try {
            Thread.yield();
        } finally {
            lock.lock();
        }
        outcome.signal();
    }

    private boolean ended() {
        return over && !atSource && calling == 0;
    }

    /** Waits for the next outcomes and hands out all that are ready; none at the end. */
    void take(ArrayDeque<Item<Q, R>> into) throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                Item<Q, R> next = places[place(fetched)];
                while (next != null) {
                    into.add(next);
                    places[place(fetched)] = null;
                    fetched++;
                    next = places[place(fetched)];
                }
                if (!into.isEmpty() || ended()) {
                    return;
                }
                consumerWaits = true;
                outcome.await();
            }
        } finally {
            consumerWaits = false;
            lock.unlock();
        }
    }

    /** One outcome has been handed out for good, which makes room. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one consumer
    void consumed() {
        consumed++;
        if (full) {
            lock.lock();
            try {
                full = false;
                callAnother();
            } finally {
                lock.unlock();
            }
        }
    }

    /** What is to be thrown once there are no more outcomes. */
    @Nullable
    Throwable fault() {
        lock.lock();
        try {
            return fault;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more, and interrupts the calls that run; false if it had come to its end before. */
    boolean cancel() {
        lock.lock();
        try {
            if (ended()) {
                return false;
            }
            stop();
            threads.forEach(Thread::interrupt);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The same, and waits for the threads to end. */
    void close() {
        cancel();
        Threads.awaitEnd(List.copyOf(threads)); // none is added once it is over
    }
}
