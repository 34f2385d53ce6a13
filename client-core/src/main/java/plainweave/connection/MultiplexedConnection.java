package plainweave.connection;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /** Every id that is taken, and whose it is once that has been sent. */
    private final Map<Long, Optional<InFlight<?, ?>>> taken = new ConcurrentHashMap<>();

    private final AtomicLong ids = new AtomicLong();

    /** Of the reply that is being read. */
    private CorrelatedCodec.@Nullable Head head;

    MultiplexedConnection(
            SerialConnection connection,
            CorrelatedCodec<?, ?> codec,
            Settings settings,
            Watchdog watchdog,
            Owner owner) {
        super(connection, settings, watchdog, owner);
        this.heads = codec;
    }

    @Override
    <Q, R> InFlight<Q, R> encode(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline)
            throws IOException {
        CorrelatedCodec<Q, R> correlated = (CorrelatedCodec<Q, R>) codec;
        long id = takeId(correlated.maxId());
        boolean encoded = false;
        try {
            correlated.write(request, id, frame);
            encoded = true;
        } finally {
            if (!encoded) {
                taken.remove(id);
            }
        }
        return new InFlight<>(codec, request, id, frame, permit, deadline);
    }

    /** They go round, past those that are taken; whoever has a place finds one, because each is free before its place is. */
    private long takeId(long max) {
        long id;
        do {
            id = ids.getAndUpdate(last -> last >= max ? 0 : last + 1);
        } while (taken.putIfAbsent(id, Optional.empty()) != null);
        return id;
    }

    @Override
    void neverSent(InFlight<?, ?> exchange) {
        taken.remove(exchange.id);
    }

    @Override
    void sent(InFlight<?, ?> exchange) {
        taken.put(exchange.id, Optional.of(exchange));
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
        return taken.getOrDefault(begun.id(), Optional.empty())
                .orElseThrow(() -> new ProtocolException(
                        "the peer sent a reply to request " + begun.id() + ", which is not in flight"));
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
        taken.remove(exchange.id);
    }

    @Override
    @Nullable
    InFlight<?, ?> oldest() {
        long now = System.nanoTime();
        return unanswered().stream()
                .max(Comparator.comparingLong(exchange -> now - exchange.sentAt()))
                .orElse(null);
    }

    @Override
    List<InFlight<?, ?>> unanswered() {
        return taken.values().stream().<InFlight<?, ?>>flatMap(Optional::stream).toList();
    }
}
