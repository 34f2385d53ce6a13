package plainweave.examples.support;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The latest events of something that goes on, for any number of readers, each at its own pace: one that is too slow misses the oldest
 * and holds up nobody. Safe from any thread.
 */
final class Broadcast {
    private final int keeps;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Event> events = new ArrayDeque<>();
    private long added;
    private boolean over;

    /** One event; they are counted from 1. */
    record Event(long number, String data) {}

    /** None yet, and never more than so many. */
    Broadcast(int keeps) {
        this.keeps = keeps;
    }

    /** One more event. */
    void add(String data) {
        change(() -> {
            added++;
            events.add(new Event(added, data));
            if (events.size() > keeps) {
                events.remove();
            }
        });
    }

    /** There will be no more. */
    void end() {
        change(() -> over = true);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for events after that number; empty once it is over and there are no more. */
    List<Event> after(long number) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (added <= number && !over) {
                changed.await();
            }
            List<Event> after = new ArrayList<>(events);
            after.removeIf(event -> event.number <= number);
            return after;
        } finally {
            lock.unlock();
        }
    }
}
