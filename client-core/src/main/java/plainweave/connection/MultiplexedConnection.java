package plainweave.connection;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.CorrelatedCodec;
import plainweave.schedule.Permit;
import plainweave.time.Watchdog;

/** A shared connection whose peer answers in any order; ids tell which reply is whose. */
final class MultiplexedConnection extends SharedConnection {
    private final CorrelatedCodec<?, ?> heads;
    private final Map<Long, InFlight<?>> unanswered = new ConcurrentHashMap<>();
    private final AtomicLong ids = new AtomicLong();

    /** Of the reply that is being read. */
    private CorrelatedCodec.@Nullable Head head;

    MultiplexedConnection(
            SerialConnection connection,
            CorrelatedCodec<?, ?> codec,
            Settings settings,
            Watchdog watchdog,
            Runnable onEnd) {
        super(connection, settings, watchdog, onEnd);
        this.heads = (CorrelatedCodec<?, ?>) connection.speaking(codec);
        if (heads.maxId() < settings.depth() - 1L) {
            throw new IllegalStateException("maxId " + heads.maxId() + " of "
                    + codec.getClass().getName() + " has no ids for a pipelineDepth of " + settings.depth());
        }
    }

    private final class Identified<Q, R> extends InFlight<R> {
        private final long id;
        private final CorrelatedCodec<Q, R> codec;
        private final Q request;

        Identified(long id, CorrelatedCodec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline) {
            super(frame, permit, deadline);
            this.id = id;
            this.codec = codec;
            this.request = request;
        }

        @Override
        R read(ByteReader in) throws IOException {
            CorrelatedCodec.Head begun = head;
            if (begun == null) {
                throw new IllegalStateException("no reply has begun");
            }
            return codec.read(request, begun, in);
        }

        @Override
        boolean reusable(R reply) {
            return codec.last(request, reply) && codec.reusable(request, reply);
        }
    }

    @Override
    <Q, R> InFlight<R> encode(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline)
            throws IOException {
        CorrelatedCodec<Q, R> correlated = (CorrelatedCodec<Q, R>) codec;
        long id = freeId(correlated.maxId());
        correlated.write(request, id, frame);
        return new Identified<>(id, correlated, request, frame, permit, deadline);
    }

    /** They go round; one whose request has been out for a whole round is left out. */
    private long freeId(long max) {
        long id;
        do {
            id = ids.getAndUpdate(last -> last >= max ? 0 : last + 1);
        } while (unanswered.containsKey(id));
        return id;
    }

    @Override
    void sent(InFlight<?> exchange) {
        unanswered.put(((Identified<?, ?>) exchange).id, exchange);
    }

    @Override
    InFlight<?> answeredNext(ByteReader from) throws IOException {
        CorrelatedCodec.Head begun;
        try {
            begun = heads.readHead(from);
        } catch (IOException | RuntimeException e) {
            IOException lost = from.failure();
            throw lost != null ? lost : new IOException("the codec failed on the head of a reply, " + e, e);
        }
        head = begun;
        InFlight<?> exchange = unanswered.get(begun.id());
        if (exchange == null) {
            throw new ProtocolException("the peer sent a reply to request " + begun.id() + ", which is not in flight");
        }
        return exchange;
    }

    @Override
    void over(InFlight<?> exchange) {
        unanswered.remove(((Identified<?, ?>) exchange).id);
    }

    @Override
    @Nullable
    InFlight<?> oldest() {
        long now = System.nanoTime();
        return unanswered.values().stream()
                .max(Comparator.comparingLong(exchange -> now - exchange.sentAt()))
                .orElse(null);
    }

    @Override
    Collection<InFlight<?>> unanswered() {
        return unanswered.values();
    }
}
