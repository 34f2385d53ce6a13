package plainweave.connection;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.schedule.Permit;
import plainweave.time.Watchdog;

/** A shared connection whose peer answers in the order of the requests. */
final class PipelinedConnection extends SharedConnection {
    /** The writer adds, the reader takes away. */
    private final Chain unanswered = new Chain();

    PipelinedConnection(SerialConnection connection, Settings settings, Watchdog watchdog, Owner owner) {
        super(connection, settings, watchdog, owner);
    }

    @Override
    <Q, R> InFlight<Q, R> encode(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline)
            throws IOException {
        codec.write(request, frame);
        return new InFlight<>(codec, request, 0, frame, permit, deadline);
    }

    @Override
    void neverSent(InFlight<?, ?> exchange) {
        // nothing tells it apart
    }

    @Override
    void sent(InFlight<?, ?> exchange) {
        unanswered.add(exchange);
    }

    @Override
    InFlight<?, ?> answeredNext(ByteReader from) throws ProtocolException {
        InFlight<?, ?> next = unanswered.first();
        if (next == null) {
            throw new ProtocolException("the peer sent something nobody asked for");
        }
        return next;
    }

    @Override
    <Q, R> R reply(InFlight<Q, R> to, ByteReader from) throws IOException {
        return to.codec.read(to.request(), from);
    }

    @Override
    void over(InFlight<?, ?> exchange) {
        unanswered.removeFirst();
    }

    @Override
    @Nullable
    InFlight<?, ?> oldest() {
        return unanswered.oldest();
    }

    @Override
    List<InFlight<?, ?>> unanswered() {
        return unanswered.all();
    }
}
