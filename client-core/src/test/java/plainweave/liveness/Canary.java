package plainweave.liveness;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Jobs of which it is known whether they hold the only carrier: a detector that does not tell them apart is blind. */
enum Canary {
    SLEEPS_IN_SYNCHRONIZED(Canary.untilMonitorsLetGo()) {
        @Override
        void run(Crew crew) {
            Object monitor = new Object();
            crew.start(() -> {
                synchronized (monitor) {
                    Thread.sleep(HOLD);
                }
                return monitor;
            });
        }
    },
    WAITS_ON_AN_OBJECT(Canary.untilMonitorsLetGo()) {
        @Override
        void run(Crew crew) {
            Object monitor = new Object();
            crew.start(() -> {
                synchronized (monitor) {
                    monitor.wait(HOLD.toMillis());
                }
                return monitor;
            });
        }
    },
    CONTENDS_FOR_A_MONITOR(Canary.untilMonitorsLetGo()) {
        @Override
        void run(Crew crew) throws InterruptedException {
            Object monitor = new Object();
            CountDownLatch taken = new CountDownLatch(1);
            Thread.ofPlatform().daemon().start(() -> {
                synchronized (monitor) {
                    taken.countDown();
                    LockSupport.parkNanos(HOLD.toNanos());
                }
            });
            taken.await();
            crew.start(() -> {
                synchronized (monitor) {
                    return monitor;
                }
            });
        }
    },
    /** As the JDK's lookup of a name does; no event tells of it. */
    BLOCKS_IN_NATIVE_CODE(true) {
        @Override
        void run(Crew crew) {
            crew.start(() -> blockInNativeCode(HOLD));
        }
    },
    COMPUTES(true) {
        @Override
        void run(Crew crew) {
            crew.start(() -> spend(HOLD));
        }
    },
    SLEEPS_UNDER_A_REENTRANT_LOCK(false) {
        @Override
        void run(Crew crew) {
            ReentrantLock lock = new ReentrantLock();
            Callable<Boolean> job = () -> {
                lock.lock();
                try {
                    Thread.sleep(HOLD);
                } finally {
                    lock.unlock();
                }
                return true;
            };
            crew.start(2, i -> job);
        }
    };

    private static final Duration HOLD = Duration.ofMillis(300);

    /** Whether it holds the carrier on the JDK that runs this. */
    final boolean holds;

    Canary(boolean holds) {
        this.holds = holds;
    }

    /** Starts the job; the caller awaits it. */
    abstract void run(Crew crew) throws InterruptedException;

    /** From JDK 24 on a virtual thread gives its carrier back at a monitor too. */
    static boolean untilMonitorsLetGo() {
        return Runtime.version().feature() < 24;
    }

    /** Reads a pipe that only ends: from a process, because a pipe of the JVM's own would let the carrier go. */
    static int blockInNativeCode(Duration time) throws IOException {
        Process process = new ProcessBuilder("sleep", Double.toString(time.toMillis() / 1_000.0)).start();
        try (InputStream silent = process.getInputStream()) {
            return silent.read();
        } finally {
            process.destroy();
        }
    }

    private static long spend(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        long rounds = 0;
        while (end - System.nanoTime() > 0) {
            rounds++;
        }
        return rounds;
    }
}
