package plainweave.connection;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.VarHandle;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Phase;
import plainweave.call.Progress;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.CorrelatedCodec;
import plainweave.net.CutException;
import plainweave.net.Transport;
import plainweave.schedule.Permit;
import plainweave.time.Watchdog;

/**
 * A connection on which many exchanges are in flight. Callers encode their requests themselves, leave them here and park; a thread of the
 * connection's own gathers what waits into one write, another one reads replies and wakes their callers. So no caller touches the socket,
 * and an interrupt, a deadline or an encoder that throws costs that caller and nobody else.
 *
 * <p>What must always hold:
 * <ul>
 *   <li>Every exchange that was let in ends once, by its reply or by the end of the connection, and its permit comes back then: at the end
 *       both threads have stopped before the last of them ends what is left, so nothing is added behind its back.
 *   <li>An exchange is known as sent before its first byte is written, so that the reader never sees a reply to something unknown.
 *   <li>Never more exchanges than places; a caller that leaves keeps its place until the reply has come.
 *   <li>What is not as it should be ends the connection: a reply nobody asked for, a codec that throws, an exchange unanswered for longer
 *       than the silence allowed.
 * </ul>
 *
 * <p>Why a writer of its own: each caller that finds nobody writing could do it for the others, but an interrupt in a write closes the
 * channel. Why it yields before it gathers: all callers that can run do so first, and their requests go out together; that is worth
 * more than anything else here.
 */
public abstract sealed class SharedConnection permits PipelinedConnection, MultiplexedConnection {
    /** More in one system call only makes the JDK's temporary direct buffer larger. */
    private static final int MOST_AT_ONCE = 64 * 1024;

    private static final int FIRST_BUFFER = 1024;

    /**
     * What bounds it.
     *
     * @param depth exchanges in flight, at least 1
     * @param maxFrame bytes of a request
     * @param silence for how long an exchange may be unanswered
     */
    public record Settings(int depth, int maxFrame, Duration silence) {}

    /** Hears what becomes of the connection, from whichever thread finds out; none of this may block or throw. */
    public interface Owner {
        /** No place is taken: from the start, and whenever the last one was left. */
        void idle();

        /** One is taken, or nobody is let in any more. */
        void busy();

        /** It has ended; closes the transport for good. Once. */
        void ended();
    }

    private final SerialConnection connection;
    private final Transport transport;
    private final ByteReader in;
    private final Settings settings;
    private final Owner owner;
    private final Watchdog.Timer deadlineTimer;
    private final Outbox outbox;
    private final Watchdog.Timer silenceTimer;
    private final AtomicBoolean silenceWatched = new AtomicBoolean();
    private final Places places;
    private final AtomicInteger running = new AtomicInteger(2);
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean hasServed;
    private final AtomicReference<@Nullable IOException> ended = new AtomicReference<>();

    // The writer's.
    private ArrayDeque<InFlight<?, ?>> sending = new ArrayDeque<>();
    private final ArrayList<InFlight<?, ?>> written = new ArrayList<>();
    private byte[] buffer = new byte[FIRST_BUFFER];
    private int buffered;

    /** When it was known last that nothing is being written: the peer may be slow to take something. */
    private long wroteAt;

    SharedConnection(SerialConnection connection, Settings settings, Watchdog watchdog, Owner owner) {
        this.connection = connection;
        this.transport = connection.transport();
        this.in = connection.in();
        this.settings = settings;
        this.owner = owner;
        this.places = new Places(settings.depth, owner);
        this.deadlineTimer = watchdog.timer(this::expire);
        this.outbox = new Outbox(deadlineTimer::rearm);
        this.silenceTimer = watchdog.timer(() -> checkSilence(System.nanoTime()));
    }

    /**
     * Shares a connection, as the codec is able to.
     *
     * @param connection open, at rest, and nobody else's
     * @throws CodecFailure if what {@code open} returned cannot share a connection, or has no ids for so many exchanges
     */
    public static SharedConnection of(
            SerialConnection connection, Codec<?, ?> codec, Settings settings, Watchdog watchdog, Owner owner)
            throws CodecFailure {
        Codec<?, ?> speaking = connection.speaking(codec);
        try {
            if (!canServe(speaking)) {
                throw new IllegalArgumentException(
                        "open() of " + codec.getClass().getName() + " returned a "
                                + speaking.getClass().getName() + ", which cannot share a connection");
            }
            requireIds(speaking, settings.depth());
        } catch (IllegalArgumentException e) {
            throw new CodecFailure(e);
        }
        SharedConnection shared = speaking instanceof CorrelatedCodec<?, ?> correlated
                ? new MultiplexedConnection(connection, correlated, settings, watchdog, owner)
                : new PipelinedConnection(connection, settings, watchdog, owner);
        shared.transport.duplex();
        owner.idle();
        Thread.ofVirtual().name("plainweave-writer").start(() -> shared.run(shared::writeAll));
        Thread.ofVirtual().name("plainweave-reader").start(() -> shared.run(shared::readAll));
        return shared;
    }

    /** Whether exchanges of this codec may share a connection. */
    public static boolean canServe(Codec<?, ?> codec) {
        return codec.pipelines() || codec instanceof CorrelatedCodec;
    }

    /**
     * Whether a codec's ids are enough.
     *
     * @throws IllegalArgumentException if there are fewer than exchanges may be in flight
     */
    public static void requireIds(Codec<?, ?> codec, int depth) {
        if (codec instanceof CorrelatedCodec<?, ?> correlated && correlated.maxId() < depth - 1L) {
            throw new IllegalArgumentException("maxId " + correlated.maxId() + " of "
                    + codec.getClass().getName() + " gives too few ids for a pipelineDepth of " + depth);
        }
    }

    // What the two kinds differ in

    /** An exchange of this codec, its frame encoded. */
    abstract <Q, R> InFlight<Q, R> encode(Codec<Q, R> codec, Q request, ByteWriter frame, Permit permit, long deadline)
            throws IOException;

    /** It will not be written; its place is still taken. */
    abstract void neverSent(InFlight<?, ?> exchange);

    /** It is about to be written. */
    abstract void sent(InFlight<?, ?> exchange);

    /** The one whose reply has begun to come. */
    abstract InFlight<?, ?> answeredNext(ByteReader from) throws IOException;

    /** Its reply, which has begun to come. */
    abstract <Q, R> R reply(InFlight<Q, R> to, ByteReader from) throws IOException;

    /** Its reply has been read. */
    abstract void over(InFlight<?, ?> exchange);

    /** The one that has waited longest for its reply; null if none does. */
    abstract @Nullable InFlight<?, ?> oldest();

    /** All that were sent and not answered, once neither of the connection's threads runs any more. */
    abstract List<InFlight<?, ?>> unanswered();

    // Callers

    /** Takes a place; false if there is none, or nobody is let in any more. Whoever has one makes an exchange. */
    public final boolean reserve() {
        return places.take();
    }

    /** Whether it lets anybody in, as long as there are places. */
    public final boolean isOpen() {
        return places.areOpen();
    }

    /** Places taken. */
    public final int load() {
        return places.taken();
    }

    /** Whether all places are taken. */
    public final boolean isFull() {
        return load() >= settings.depth;
    }

    /** Whether it lets somebody in and nobody is. */
    public final boolean isIdle() {
        return places.areFree();
    }

    private void leavePlace() {
        if (places.leave()) {
            giveUp();
        }
    }

    /** Gives up what it needs only while it is in use. */
    public final void rest() {
        outbox.rest();
    }

    /** Lets nobody in any more if it is idle; whether it was, and whoever asked gives it up. */
    public final boolean claimIfIdle() {
        return places.shutIfFree();
    }

    /** Lets nobody in any more, and ends once all who are have their replies. Idempotent. */
    public final void drain() {
        if (places.shut()) {
            giveUp();
        }
    }

    /** Ends it now. */
    public final void giveUp() {
        end(new IOException("the connection was given up"), null);
    }

    /** Whether it has ended, or is about to. */
    public final boolean hasEnded() {
        return ended.get() != null;
    }

    /** Waits until it has ended and nothing is left of it; false if the deadline passed first. */
    public final boolean awaitEnd(Deadline deadline) throws InterruptedException {
        return over.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * One request and its reply, for a caller that has a place.
     *
     * @param permit stays here until the reply has come, whenever the caller leaves
     * @throws StaleConnection if nothing of the request was sent
     * @throws CutException if the deadline passed, or the client was closed
     * @throws CodecFailure if the codec threw
     * @throws IOException if the connection was lost after the request was sent
     * @throws InterruptedException if the caller is interrupted while it waits; the flag is cleared
     */
    public final <Q, R> R exchange(Codec<Q, R> codec, Q request, Permit permit, Deadline deadline, Progress progress)
            throws IOException, InterruptedException {
        progress.attempt(hasServed);
        // Unless it was dialled for, nothing has taken time since the permit was had.
        progress.enter(Phase.WRITE, progress.phase() == Phase.QUEUE ? permit.grantedAt() : System.nanoTime());
        InFlight<Q, R> exchange = letIn(encoded(codec, request, permit, deadline), permit);
        try {
            exchange.await();
        } finally {
            if (exchange.sent()) {
                progress.markSent();
                progress.enter(Phase.READ, exchange.sentAt());
                progress.moved(exchange.bytes(), exchange.replyBytes());
            }
            if (!exchange.isTold()) {
                outbox.left();
            }
        }
        if (exchange.isTooLate()) {
            throw new CutException(CutException.Reason.DEADLINE, null);
        }
        IOException failure = exchange.failure();
        if (exchange.isNotSent()) {
            throw new StaleConnection(why());
        }
        if (failure != null) {
            throw failure;
        }
        return exchange.takeReply();
    }

    private <Q, R> InFlight<Q, R> encoded(Codec<Q, R> codec, Q request, Permit permit, Deadline deadline)
            throws CodecFailure {
        InFlight<Q, R> exchange = null;
        boolean done = false;
        try {
            ByteWriter frame = ByteWriter.inMemory(settings.maxFrame);
            exchange = encode(connection.speaking(codec), request, frame, permit, deadline.nanoTime());
            if (frame.failed()) {
                frame.writeByte(0); // throws what the codec kept to itself
            }
            done = true;
            return exchange;
        } catch (IOException | RuntimeException e) {
            throw new CodecFailure(e);
        } finally {
            if (!done) {
                if (exchange != null) {
                    neverSent(exchange);
                }
                leavePlace();
            }
        }
    }

    private <Q, R> InFlight<Q, R> letIn(InFlight<Q, R> exchange, Permit permit) throws StaleConnection {
        permit.lend();
        boolean letIn = false;
        try {
            letIn = outbox.add(exchange);
        } finally {
            if (!letIn) {
                permit.takeBack();
                neverSent(exchange);
                leavePlace();
            }
        }
        if (!letIn) {
            throw new StaleConnection(why());
        }
        return exchange;
    }

    private IOException why() {
        IOException why = ended.get();
        return why == null ? new IOException("not sent") : why;
    }

    // The watchdog

    private void expire() {
        try {
            outbox.expire(System.nanoTime());
        } catch (Throwable t) {
            // Nobody would hear of those that pass from now on.
            end(new IOException("deadlines failed, " + t, t), null);
            throw t;
        }
    }

    /** Rearmed only now and then, not for each exchange. */
    private void watchSilence(long now) {
        if (!silenceWatched.get() && silenceWatched.compareAndSet(false, true)) {
            silenceTimer.rearm(now + settings.silence.toNanos());
        }
    }

    private void checkSilence(long now) {
        InFlight<?, ?> oldest = oldest();
        if (oldest == null) {
            silenceWatched.set(false);
            oldest = oldest(); // who was sent before that may have seen that it is watched
            if (oldest == null || !silenceWatched.compareAndSet(false, true)) {
                return; // whoever is sent from now on sees that nobody watches
            }
        }
        long silent = now - oldest.sentAt();
        if (silent >= settings.silence.toNanos()) {
            end(
                    new IOException("no reply for " + Progress.inWords(silent) + ", silence is "
                            + Progress.inWords(settings.silence.toNanos())),
                    CutException.Reason.DEADLINE);
        } else {
            silenceTimer.rearm(oldest.sentAt() + settings.silence.toNanos());
        }
    }

    // The connection's threads

    private interface Work {
        void run() throws IOException;
    }

    private void run(Work work) {
        try {
            work.run();
        } catch (IOException e) {
            end(e, null);
        } catch (Throwable t) {
            end(new IOException("failed, " + t, t), null);
        } finally {
            if (running.decrementAndGet() == 0) {
                endAll();
            }
        }
    }

    private void writeAll() throws IOException {
        while (outbox.await(this::trim)) {
            Thread.yield();
            sending = outbox.take(sending);
            wroteAt = System.nanoTime();
            for (InFlight<?, ?> next = sending.peek(); next != null; next = sending.peek()) {
                int length = next.bytes();
                if (length > MOST_AT_ONCE - buffered) {
                    flush();
                }
                sending.remove();
                if (next.send(wroteAt)) {
                    sent(next);
                    write(next, length);
                    next.forgetFrame();
                } else {
                    neverSent(next);
                    leavePlace();
                    next.dropped();
                }
            }
            flush();
        }
    }

    /** It is idle, and may be for long. */
    private void trim() {
        buffer = new byte[FIRST_BUFFER];
        sending = new ArrayDeque<>();
        written.trimToSize();
    }

    private void write(InFlight<?, ?> exchange, int length) throws IOException {
        written.add(exchange);
        if (length > MOST_AT_ONCE) {
            writing(() -> exchange.frame().sendTo(transport.output()));
            return;
        }
        if (length > buffer.length - buffered) {
            byte[] larger = new byte[Math.min(MOST_AT_ONCE, 2 * Integer.highestOneBit(buffered + length))];
            System.arraycopy(buffer, 0, larger, 0, buffered);
            buffer = larger;
        }
        exchange.frame().copyTo(buffer, buffered);
        buffered += length;
    }

    private void flush() throws IOException {
        if (buffered > 0) {
            OutputStream out = transport.output();
            int length = buffered;
            buffered = 0;
            writing(() -> out.write(buffer, 0, length));
        }
        written.clear();
    }

    /** What the system took no byte of may be sent on another connection. */
    private void writing(Work write) throws IOException {
        // Whoever ends the watch over silence sees those who are sent, or this sees that nobody watches.
        VarHandle.fullFence();
        watchSilence(wroteAt);
        long before = transport.bytesOut();
        boolean done = false;
        try {
            write.run();
            done = true;
        } finally {
            if (!done) {
                unsendBehind(transport.bytesOut() - before);
            }
            written.clear();
            wroteAt = System.nanoTime();
        }
    }

    private void unsendBehind(long taken) {
        long reached = taken > 0 && transport.isSecured() ? Long.MAX_VALUE : taken; // records tell nothing of frames
        long at = 0;
        for (InFlight<?, ?> exchange : written) {
            if (at >= reached) {
                exchange.unsend();
            }
            at += exchange.bytes();
        }
    }

    private void readAll() throws IOException {
        while (!outbox.isClosed()) {
            in.startFrame();
            if (in.atEnd()) {
                throw new EOFException("the peer closed the connection");
            }
            long came = transport.readAt();
            InFlight<?, ?> exchange = answeredNext(in);
            if (exchange.sentAt() - came > 0) {
                throw new ProtocolException(
                        "the peer sent something nobody asked for: it came before the request was sent that it would"
                                + " have been the reply to");
            }
            read(exchange);
        }
    }

    private <Q, R> void read(InFlight<Q, R> exchange) throws IOException {
        R reply;
        boolean reusable;
        try {
            reply = SerialConnection.given(reply(exchange, in));
            reusable = exchange.reusable(reply);
        } catch (IOException | RuntimeException e) {
            IOException lost = in.failure();
            if (lost != null) {
                throw lost;
            }
            IOException why = new IOException("the codec failed on the reply to another request, " + e, e);
            end(why, null); // before its caller can come again
            over(exchange);
            exchange.failed(new CodecFailure(e));
            throw why;
        }
        if (!reusable) {
            end(new IOException("a reply to another request said that the connection is not to be used again"), null);
        }
        over(exchange);
        if (!hasServed) {
            hasServed = true; // not each time: callers on other cores read it
        }
        leavePlace(); // before its permit comes back, so that whoever gets that finds a place
        if (exchange.answered(reply, (int) in.frameBytes())) {
            outbox.answered();
        }
    }

    // The end

    /** The first reason counts. Wakes both threads, wherever they are. */
    private void end(IOException why, CutException.@Nullable Reason cut) {
        if (!ended.compareAndSet(null, why)) {
            return;
        }
        places.shut(); // first, or somebody who is refused by the outbox comes here again and again
        try {
            outbox.close();
        } finally {
            if (cut == null) {
                transport.hangUp();
            } else {
                transport.cut(cut);
            }
        }
    }

    /** By the thread that stops last. */
    private void endAll() {
        IOException why = why();
        deadlineTimer.close();
        silenceTimer.close();
        try {
            unanswered().forEach(exchange -> exchange.lost(why));
            sending.forEach(exchange -> exchange.lost(why));
            outbox.leftBehind().forEach(exchange -> exchange.lost(why));
            owner.ended();
        } finally {
            over.countDown();
        }
    }
}
