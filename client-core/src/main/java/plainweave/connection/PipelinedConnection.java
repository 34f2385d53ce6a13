package plainweave.connection;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.schedule.Permit;
import plainweave.time.Watchdog;

/** A shared connection whose peer answers in the order of the requests. */
final class PipelinedConnection extends SharedConnection {
    private final Queue<InFlight<?>> unanswered = new ConcurrentLinkedQueue<>();

    PipelinedConnection(SerialConnection connection, Settings settings, Watchdog watchdog, Runnable onEnd) {
        super(connection, settings, watchdog, onEnd);
    }

    private static final class Ordered<Q, R> extends InFlight<R> {
        private final Codec<Q, R> codec;
        private final Q request;

        Ordered(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline) {
            super(frame, permit, deadline);
            this.codec = codec;
            this.request = request;
        }

        @Override
        R read(ByteReader in) throws IOException {
            return codec.read(request, in);
        }

        @Override
        boolean reusable(R reply) {
            return codec.last(request, reply) && codec.reusable(request, reply);
        }
    }

    @Override
    <Q, R> InFlight<R> encode(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline)
            throws IOException {
        codec.write(request, frame);
        return new Ordered<>(codec, request, frame, permit, deadline);
    }

    @Override
    void sent(InFlight<?> exchange) {
        unanswered.add(exchange);
    }

    @Override
    InFlight<?> answeredNext(ByteReader from) throws ProtocolException {
        InFlight<?> next = unanswered.peek();
        if (next == null) {
            throw new ProtocolException("the peer sent something nobody asked for");
        }
        return next;
    }

    @Override
    void over(InFlight<?> exchange) {
        unanswered.remove();
    }

    @Override
    @Nullable
    InFlight<?> oldest() {
        return unanswered.peek();
    }

    @Override
    Collection<InFlight<?>> unanswered() {
        return unanswered;
    }
}
