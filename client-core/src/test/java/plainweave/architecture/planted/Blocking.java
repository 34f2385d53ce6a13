package plainweave.architecture.planted;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Everything that a caller on a virtual thread must not meet. Never run. */
@SuppressWarnings("all")
public final class Blocking {
    private static final ThreadLocal<String> LOCAL = new ThreadLocal<>();

    synchronized void synchronizedMethod() {}

    void synchronizedBlock(Object lock) {
        synchronized (lock) {
            lock.hashCode();
        }
    }

    void waits(Object lock) throws InterruptedException {
        lock.wait();
    }

    void waitsForAWhile(Object lock) throws InterruptedException {
        lock.wait(1);
    }

    void notifiesOne(Object lock) {
        lock.notify();
    }

    void notifiesAll(Object lock) {
        lock.notifyAll();
    }

    Runnable wakes(Object lock) {
        return lock::notifyAll;
    }

    void sleeps() throws InterruptedException {
        Thread.sleep(1);
    }

    void sleepsByUnit() throws InterruptedException {
        TimeUnit.SECONDS.sleep(1);
    }

    String readsThreadLocal() {
        return LOCAL.get();
    }

    void parks() {
        LockSupport.park();
    }

    static final class Inherited extends InheritableThreadLocal<String> {}
}
