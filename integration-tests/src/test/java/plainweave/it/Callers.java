package plainweave.it;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The threads that call: the library makes no difference between the two kinds. */
enum Callers {
    VIRTUAL(Thread.ofVirtual().name("virtual-caller-", 1).factory()),
    PLATFORM(Thread.ofPlatform().daemon().name("platform-caller-", 1).factory());

    private final ThreadFactory threads;

    Callers(ThreadFactory threads) {
        this.threads = threads;
    }

    /** Runs it in a thread of this kind and waits for its outcome. */
    <T> T call(Callable<T> work) throws Exception {
        return start(work).outcome();
    }

    /** Runs it in a thread of this kind. */
    <T> Caller<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = threads.newThread(task);
        thread.start();
        return new Caller<>(thread, task);
    }

    /** One that is at work. */
    record Caller<T>(Thread thread, FutureTask<T> task) {
        private static final int PATIENCE_SECONDS = 30;

        /** What the work returned, once it has; or what it threw, as it threw it. */
        T outcome() throws Exception {
            try {
                return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Exception thrown) {
                    throw thrown;
                }
                throw e;
            } catch (TimeoutException e) {
                AssertionError stuck =
                        new AssertionError(thread.getName() + " still calls after " + PATIENCE_SECONDS + " s");
                stuck.setStackTrace(thread.getStackTrace());
                throw stuck;
            }
        }

        void interrupt() {
            thread.interrupt();
        }
    }
}
