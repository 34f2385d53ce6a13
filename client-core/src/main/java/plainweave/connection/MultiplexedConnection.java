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
    private final Map<Long, InFlight<?, ?>> unanswered = new ConcurrentHashMap<>();
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

    @Override
    <Q, R> InFlight<Q, R> encode(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline)
            throws IOException {
        CorrelatedCodec<Q, R> correlated = (CorrelatedCodec<Q, R>) codec;
        long id = freeId(correlated.maxId());
        correlated.write(request, id, frame);
        return new InFlight<>(codec, request, id, frame, permit, deadline);
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
    void sent(InFlight<?, ?> exchange) {
        unanswered.put(exchange.id, exchange);
    }

    @Override
    InFlight<?, ?> answeredNext(ByteReader from) throws IOException {
        CorrelatedCodec.Head begun;
        try {
            begun = heads.readHead(from);
        } catch (IOException | RuntimeException e) {
            IOException lost = from.failure();
            throw lost != null ? lost : new IOException("the codec failed on the head of a reply, " + e, e);
        }
        head = begun;
        InFlight<?, ?> exchange = unanswered.get(begun.id());
        if (exchange == null) {
            throw new ProtocolException("the peer sent a reply to request " + begun.id() + ", which is not in flight");
        }
        return exchange;
    }

    @Override
    <Q, R> R reply(InFlight<Q, R> to, ByteReader from) throws IOException {
        CorrelatedCodec.Head begun = head;
        if (begun == null) {
            throw new IllegalStateException("no reply has begun");
        }
        return ((CorrelatedCodec<Q, R>) to.codec).read(to.request(), begun, from);
    }

    @Override
    void over(InFlight<?, ?> exchange) {
        unanswered.remove(exchange.id);
    }

    @Override
    @Nullable
    InFlight<?, ?> oldest() {
        long now = System.nanoTime();
        return unanswered.values().stream()
                .max(Comparator.comparingLong(exchange -> now - exchange.sentAt()))
                .orElse(null);
    }

    @Override
    Collection<InFlight<?, ?>> unanswered() {
        return unanswered.values();
    }
}
