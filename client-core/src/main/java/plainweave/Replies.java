package plainweave;

import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.codec.Codec;
import plainweave.connection.StaleConnection;
import plainweave.connection.StreamedExchange;

/**
 * The replies to one request, read from the peer one by one as they are asked for. One is in memory at a time, and while they come fast
 * up to 256 KiB behind it; who does not ask makes the peer wait, because nobody empties the socket meanwhile. A subscription is replies
 * without a last one.
 *
 * <p>Close it in a try-with-resources statement. Once the last reply has been read, connection and permit are back already, and the
 * connection serves others; closed before that, the connection is dropped, because the rest of the replies is in it.
 *
 * <p>For one thread at a time, except that any thread may close it: that ends a read in progress.
 *
 * @param <R> what a reply is
 */
public final class Replies<R> implements Iterable<R>, AutoCloseable {
    private final Leasing leasing;
    private final Source<?, R> source;
    private final Iterator<R> iterator = new Reader();

    <Q> Replies(Function<Replies<R>, Leasing> leasing, Codec<Q, R> codec, Q request, Deadline first) {
        this.leasing = leasing.apply(this);
        this.source = new Source<>(this.leasing, codec, request, first);
    }

    /** Where replies come from. It does not know the {@link Replies}, so that those that were lost are collected. */
    private static final class Source<Q, R> {
        private final Leasing leasing;
        private final Codec<Q, R> codec;
        private final Q request;
        private @Nullable Deadline first;
        private volatile StreamedExchange<Q, R> exchange;

        Source(Leasing leasing, Codec<Q, R> codec, Q request, Deadline first) {
            this.leasing = leasing;
            this.codec = codec;
            this.request = request;
            this.first = first;
            leasing.midway(true);
            this.exchange = started();
            leasing.atEnd(() -> exchange.stop());
        }

        private StreamedExchange<Q, R> started() {
            return StreamedExchange.start(
                    leasing.connection(), codec, request, leasing.reused(), leasing.silence(), leasing.total);
        }

        /** The next reply; after the last one nothing is held any more. */
        R next() {
            boolean over = false;
            try {
                R reply = leasing.io(Phase.READ, first, this::read);
                first = null;
                over = exchange.isOver();
                if (over) {
                    if (exchange.endsCleanly()) {
                        leasing.keep();
                    }
                    leasing.midway(!exchange.isWritten());
                }
                return reply;
            } catch (CallException | Error e) {
                over = true;
                throw e;
            } finally {
                if (over) {
                    leasing.close();
                }
            }
        }

        private R read() throws IOException, InterruptedException, TimeoutException {
            long start = System.nanoTime();
            try {
                return exchange.next();
            } catch (StaleConnection gone) {
                Deadline limit = first;
                if (limit == null) {
                    throw gone;
                }
                leasing.dialAnother(codec, limit);
                exchange = started();
                if (leasing.isClosed()) {
                    exchange.stop(); // whoever closed it stopped the one before
                }
                return exchange.next();
            } catch (IOException e) {
                if (!exchange.isWritten()) {
                    leasing.neverRead(start);
                }
                throw e;
            }
        }

        boolean isOver() {
            return exchange.isOver();
        }
    }

    /**
     * The replies, once: each call gives the same iterator. Its {@code hasNext} reads the next reply and waits for it; it throws
     * {@link DeadlineExceededException}, {@link ConnectionLostException}, {@link CodecException} or {@link CancelledException} where there
     * is none, and the same one again from then on.
     */
    @Override
    public Iterator<R> iterator() {
        return iterator;
    }

    /** Where they come from. */
    public Endpoint endpoint() {
        return leasing.route.endpoint();
    }

    /** Gives connection and permit back. Idempotent, safe from any thread. */
    @Override
    public void close() {
        leasing.close();
    }

    private final class Reader implements Iterator<R> {
        private @Nullable R next;
        private @Nullable CallException failure;

        @Override
        public boolean hasNext() {
            if (next != null) {
                return true;
            }
            if (failure != null) {
                throw failure;
            }
            if (source.isOver()) {
                return false;
            }
            try {
                next = source.next();
            } catch (CallException e) {
                failure = e;
                throw e;
            }
            return true;
        }

        @Override
        public R next() {
            if (!hasNext()) {
                throw new NoSuchElementException("that was the last reply of " + endpoint());
            }
            R reply = next;
            if (reply == null) {
                throw new IllegalStateException("read on another thread meanwhile");
            }
            next = null;
            return reply;
        }
    }
}
