package plainweave;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plainweave.Outcome.Done;
import plainweave.call.CancelledException;
import plainweave.call.Endpoint;

/**
 * One call for each item of a source, several at a time, and their outcomes one by one: made by {@link Remote#bulk}. Close it in a
 * try-with-resources statement: nothing of it outlives that.
 *
 * <pre>{@code
 * try (Bulk<String, String> bulk = remote.with(Priority.BACKGROUND).bulk(64).over(lines)) {
 *     for (Bulk.Item<String, String> item : bulk) store(item.request(), item.outcome());
 * }
 * }</pre>
 *
 * <p>It begins when it is iterated, which it can be once. Every item taken from the source comes out as one {@link Item}, done or failed.
 * An item is taken only when a call for it can begin: never are more than twice as many items as there are calls at a time taken and
 * not yet handed out, so a slow consumer slows the source, and memory does not grow with the number of items.
 *
 * <p>Each call is an ordinary one, with the remote's priority and time limit, which counts from when that call is made; {@link
 * Remote#until} holds for all. Its permit is given back in between, so that others get their turn.
 *
 * <p>The calls are made on virtual threads. One of them at a time takes from the source, not always the same one. Iterate in one thread
 * at a time, virtual or platform; any thread may close it.
 *
 * @param <Q> what a request is
 * @param <R> what a reply is
 */
public final class Bulk<Q, R> implements Iterable<Bulk.Item<Q, R>>, AutoCloseable {
    private static final Logger LOG = System.getLogger(Bulk.class.getName());

    private final Endpoint endpoint;
    private final BulkSource<Q> source;
    private final BulkWorkers<Q, R> workers;
    private final @Nullable Consumer<? super Progress> onProgress;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Bulk(Plan<Q, R> plan, BulkSource<Q> source) {
        this.endpoint = plan.remote.endpoint();
        this.source = source;
        this.workers = new BulkWorkers<>(plan.remote, source.items(), plan.concurrency, plan.inOrder);
        this.onProgress = plan.onProgress;
    }

    /**
     * What came of one item.
     *
     * @param index the item's place in the source, from 0
     * @param request the item
     * @param outcome its reply or failure
     */
    public record Item<Q, R>(long index, Q request, Outcome<R> outcome) {}

    /**
     * How far a bulk has come.
     *
     * @param done items handed out with a reply
     * @param failed items handed out with a failure
     * @param total items of the source, where it tells: a Collection does, and a stream that knows its size
     */
    public record Progress(long done, long failed, OptionalLong total) {}

    /**
     * How calls are to be made, before it is said for which items. Immutable and safe from any thread; may be used more than once.
     *
     * @param <Q> what a request is
     * @param <R> what a reply is
     */
    public static final class Plan<Q, R> {
        private final Remote<Q, R> remote;
        private final int concurrency;
        private final boolean inOrder;
        private final @Nullable Consumer<? super Progress> onProgress;

        Plan(Remote<Q, R> remote, int concurrency, boolean inOrder, @Nullable Consumer<? super Progress> onProgress) {
            this.remote = remote;
            this.concurrency = concurrency;
            this.inOrder = inOrder;
            this.onProgress = onProgress;
        }

        /** The same with outcomes in the order of the source; otherwise they come as they are ready. A slow call then holds up the rest. */
        public Plan<Q, R> inOrder() {
            return new Plan<>(remote, concurrency, true, onProgress);
        }

        /**
         * The same with a callback for each item, in the iterating thread, before it is handed out. What the callback throws is logged
         * once and otherwise ignored. There is one callback: a second replaces the first.
         */
        public Plan<Q, R> onProgress(Consumer<? super Progress> callback) {
            return new Plan<>(remote, concurrency, inOrder, ClientOptions.given("callback", callback));
        }

        /** A bulk over these items. */
        public Bulk<Q, R> over(Iterable<? extends Q> items) {
            return new Bulk<>(this, BulkSource.of(ClientOptions.given("items", items)));
        }

        /** A bulk over this stream, which the bulk closes when it is closed. */
        public Bulk<Q, R> over(Stream<? extends Q> items) {
            return new Bulk<>(this, BulkSource.of(ClientOptions.given("items", items)));
        }

        /** A bulk over what is left of this iterator, which may be endless. */
        public Bulk<Q, R> over(Iterator<? extends Q> items) {
            return new Bulk<>(this, BulkSource.of(ClientOptions.given("items", items)));
        }
    }

    /**
     * Begins. The iterator's {@code hasNext} and {@code next} wait for the next outcome, and throw
     *
     * <ul>
     *   <li>{@link CancelledException} if this thread is interrupted while calls may still follow: they are cancelled, the interrupt flag
     *       is set, and what was taken until then can still be had once the flag is cleared; also if another thread closes the bulk meanwhile;
     *   <li>whatever the source threw, and NullPointerException if an item is null, once everything taken before has been handed out;
     *   <li>an Error that a call threw, which cancels the others, once what came before it has been handed out;
     *   <li>IllegalStateException if the bulk is closed.
     * </ul>
     *
     * @throws IllegalStateException if it has begun before, or is closed
     */
    @Override
    public Iterator<Item<Q, R>> iterator() {
        if (!begun.compareAndSet(false, true)) {
            throw new IllegalStateException("a bulk is iterated only once, and this one has been");
        }
        requireOpen();
        workers.start();
        return new Outcomes();
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the bulk is closed");
        }
    }

    private final class Outcomes implements Iterator<Item<Q, R>> {
        private final ArrayDeque<Item<Q, R>> ready = new ArrayDeque<>();
        private long done;
        private long failed;
        private boolean logged;

        @Override
        public boolean hasNext() {
            requireOpen();
            if (Thread.currentThread().isInterrupted() && workers.cancel()) {
                throw cancelled("interrupted among the outcomes of a bulk", null);
            }
            if (ready.isEmpty()) {
                fetch();
            }
            return !ready.isEmpty();
        }

        private void fetch() {
            try {
                workers.take(ready);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                workers.cancel();
                throw cancelled("interrupted in wait for an outcome of a bulk", e);
            }
            if (closed.get()) {
                throw cancelled("the bulk was closed", null);
            }
            Throwable fault = ready.isEmpty() ? workers.fault() : null;
            if (fault != null) {
                throw Threads.unchecked(fault);
            }
        }

        private CancelledException cancelled(String reason, @Nullable Throwable cause) {
            String counts = done + " items done, " + failed + " failed";
            plainweave.call.Progress none = new plainweave.call.Progress(System.nanoTime());
            return new CancelledException(reason, counts, endpoint, none, cause);
        }

        @Override
        public Item<Q, R> next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the bulk is over");
            }
            Item<Q, R> item = ready.removeFirst();
            workers.consumed();
            if (item.outcome() instanceof Done) {
                done++;
            } else {
                failed++;
            }
            if (onProgress != null) {
                tell(onProgress);
            }
            return item;
        }

        private void tell(Consumer<? super Progress> callback) {
            try {
                callback.accept(new Progress(done, failed, source.total()));
            } catch (Throwable e) {
                if (!logged) {
                    logged = true;
                    LOG.log(
                            Level.WARNING,
                            "a progress callback threw; it stays in use, and further failures are not logged",
                            e);
                }
            }
        }
    }

    /**
     * Takes no more from the source, cancels the calls that still run by interrupting them, waits for all threads to end, and closes the
     * stream if there is one. A source or a codec that does not heed an interrupt is waited for. What was not handed out is dropped.
     * Idempotent; an interrupt of this thread does not shorten it, and the flag stays set. Throws what closing the stream throws.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        workers.close();
        source.close().run();
    }
}
