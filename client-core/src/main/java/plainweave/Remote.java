package plainweave;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.codec.Codec;

/**
 * A peer and the protocol spoken with it: what you call. Immutable and safe from any thread; {@link #with}, {@link #within},
 * {@link #until} and {@link #at} give a new one, cheap enough to make for each call.
 *
 * @param <Q> what a request is
 * @param <R> what a reply is
 */
public final class Remote<Q, R> {
    /** Each has a thread and room for two outcomes; so many take a gibibyte. */
    private static final int MAX_CONCURRENCY = 1 << 20;

    private final Client client;
    private final Route route;
    private final Codec<Q, R> codec;
    private final Priority priority;
    private final Duration timeout;
    private final @Nullable Deadline until;
    private final boolean timeoutSaid;

    Remote(
            Client client,
            Route route,
            Codec<Q, R> codec,
            Priority priority,
            Duration timeout,
            @Nullable Deadline until,
            boolean timeoutSaid) {
        this.client = client;
        this.route = route;
        this.codec = codec;
        this.priority = priority;
        this.timeout = timeout;
        this.until = until;
        this.timeoutSaid = timeoutSaid;
    }

    /**
     * Sends a request and waits for its reply, in this thread, which may be a virtual or a platform thread. Where there are several
     * replies, or the peer answers while a long request is still being sent, use {@link #stream}.
     *
     * @throws CallException if there is no reply: one of its six kinds
     */
    public R call(Q request) {
        long now = System.nanoTime();
        return client.exchanger()
                .call(route, codec, Objects.requireNonNull(request, "request"), priority, deadline(now), now);
    }

    /**
     * A connection of this remote, set up by its codec, for your own blocking code.
     *
     * <p>The time limit holds until it is acquired; afterwards {@link ClientOptions#silence()} bounds each read and write. Only
     * where {@link #within} or {@link #until} was said does that limit hold over the whole lease.
     *
     * @throws CallException if there is no connection to be had
     */
    public Lease lease() {
        Deadline deadline = deadline();
        return client.leases().lease(route, codec, priority, deadline, timeoutSaid ? deadline : null);
    }

    /**
     * Sends a request and hands out its replies one by one, as they are asked for, until the codec calls one the last; always on a
     * connection of its own. The request is written by a thread beside, so it may be as long as it likes: a codec that sends a file or
     * pulls from an iterator writes it piece by piece, each after {@link plainweave.codec.ByteWriter#startFrame()}, and what it throws ends
     * the replies.
     *
     * <p>The time limit holds until the first reply; afterwards {@link ClientOptions#silence()} bounds the wait for each. While one is
     * waited for, a request that is still being sent has more time as long as the peer takes some of it within each silence. Only where
     * {@link #within} or {@link #until} was said does that limit hold over the whole stream.
     *
     * @throws CallException if there is no connection to be had; later failures come from the replies
     */
    public Replies<R> stream(Q request) {
        Deadline deadline = deadline();
        return client.leases().stream(
                route,
                codec,
                Objects.requireNonNull(request, "request"),
                priority,
                deadline,
                timeoutSaid ? deadline : null);
    }

    /**
     * Opens connections, login included, until this remote has so many, and keeps so many up from then on, also when they are
     * idle: each is replaced shortly before it reaches its lifetime, and soon after it is lost. There are fewer while
     * connections with other sessions use the endpoint's permits, and one fewer while one is replaced where {@code connections} is all
     * permits. {@code warm(0)} ends that.
     *
     * @param connections 0 to {@link ClientOptions#permitsPerEndpoint()}; where callers share connections, to {@link
     *     ClientOptions#sharedConnections()}
     * @throws IllegalArgumentException if out of range
     * @throws CallException if they do not come up within this remote's time limit; they are still kept up once they can be
     */
    public void warm(int connections) {
        boolean shared = client.shares(codec);
        int most = shared ? client.options().sharedConnections() : client.permitsPerEndpoint();
        if (connections < 0 || connections > most) {
            throw new IllegalArgumentException("warm " + connections + " is not in 0 to "
                    + (shared ? "sharedConnections " : "permitsPerEndpoint ") + most);
        }
        client.warmer().warm(route, codec, connections, priority, deadline());
    }

    /**
     * Calls for many items, so many at a time: {@code remote.bulk(64).inOrder().over(items)}. Calls over {@link
     * ClientOptions#permitsPerEndpoint()} wait in the queue.
     *
     * @param concurrency 1 to {@code permitsPerEndpoint + queuePerEndpoint}, at most 1,048,576: more calls at once would be rejected
     * @throws IllegalArgumentException if out of range
     */
    public Bulk.Plan<Q, R> bulk(int concurrency) {
        int permits = client.options().permitsPerEndpoint();
        int queue = client.options().queuePerEndpoint();
        long most = Math.min((long) permits + queue, MAX_CONCURRENCY);
        if (concurrency < 1 || concurrency > most) {
            throw new IllegalArgumentException("bulk " + concurrency + " is not in 1 to " + most
                    + ", which is permitsPerEndpoint " + permits + " + queuePerEndpoint " + queue
                    + (most == MAX_CONCURRENCY ? " or the bound of any bulk" : ""));
        }
        return new Bulk.Plan<>(this, concurrency, false, null);
    }

    /** The same at another priority. */
    public Remote<Q, R> with(Priority other) {
        return new Remote<>(client, route, codec, ClientOptions.given("priority", other), timeout, until, timeoutSaid);
    }

    /**
     * The same with so much time for a call, counted from when the call is made.
     *
     * @throws IllegalArgumentException if the duration is zero or negative
     */
    public Remote<Q, R> within(Duration duration) {
        ClientOptions.requirePositive("within", duration);
        return new Remote<>(client, route, codec, priority, duration, null, true);
    }

    /** The same with a deadline of your own: each call ends by then, one made later at once. */
    public Remote<Q, R> until(Deadline deadline) {
        return new Remote<>(client, route, codec, priority, timeout, ClientOptions.given("deadline", deadline), true);
    }

    /** The same protocol, priority and time limit at another endpoint. */
    public Remote<Q, R> at(Endpoint endpoint) {
        return new Remote<>(
                client,
                new Route(ClientOptions.given("endpoint", endpoint), route.session()),
                codec,
                priority,
                timeout,
                until,
                timeoutSaid);
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return route.endpoint();
    }

    /** At which priority it is called. */
    public Priority priority() {
        return priority;
    }

    private Deadline deadline() {
        return deadline(System.nanoTime());
    }

    private Deadline deadline(long now) {
        return until != null ? until : Deadline.at(now + timeout.toNanos());
    }

    /** Endpoint and priority. */
    @Override
    public String toString() {
        return "Remote " + route.endpoint() + " " + priority;
    }
}
