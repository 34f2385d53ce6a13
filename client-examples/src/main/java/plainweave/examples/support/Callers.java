package plainweave.examples.support;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Virtual threads that make calls, each one after the other. */
public final class Callers {
    private Callers() {}

    /**
     * Makes so many calls by so many threads, and waits until all are made.
     *
     * @param call makes the call of a number, from 0; what it throws ends its caller
     */
    public static void make(int callers, int calls, IntConsumer call) {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Math.min(callers, calls); i++) {
                threads.execute(() -> {
                    for (int n = next.getAndIncrement(); n < calls; n = next.getAndIncrement()) {
                        call.accept(n);
                    }
                });
            }
        }
    }

    /** Has so many threads make one call each, all at the same moment, and waits until all are made. */
    public static void together(int callers, IntConsumer call) {
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < callers; i++) {
                int number = i;
                threads.execute(() -> {
                    try {
                        go.await();
                        call.accept(number);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            go.countDown();
        }
    }
}
