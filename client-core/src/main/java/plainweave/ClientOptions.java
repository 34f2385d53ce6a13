package plainweave;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import plainweave.call.Dns;
import plainweave.call.Limit;
import plainweave.call.Priority;
import plainweave.codec.Codec;
import plainweave.codec.CorrelatedCodec;
import plainweave.net.ReadAheads;
import plainweave.observe.Observer;

/**
 * What a client is told once, when it is made. Immutable. Every option has a default that suits a service talking to a handful
 * of endpoints; {@link Builder#build()} checks all options together and names each that makes no sense.
 */
public final class ClientOptions {
    private static final Duration FOREVER = Duration.ofDays(36_500);

    /** A serial connection's writer flushes when it holds this much. */
    private static final int WRITE_BOUND = 64 * 1024;

    /** What a reader of unknown length looks through at a time. */
    private static final int READ_WINDOW = 16 * 1024;

    /** Heap and kernel structures of an idle connection; it holds no buffer. */
    private static final int IDLE_CONNECTION = 2 * 1024;

    /** The same of one that callers share: its threads' stacks, what remembers deadlines, and the window its reader waits with. */
    private static final int IDLE_SHARED_CONNECTION = 16 * 1024 + READ_WINDOW;

    // Each default with its reason.
    /** What a server thread pool of ordinary size serves at once. */
    static final int DEFAULT_PERMITS_PER_ENDPOINT = 32;
    /** Sixteen endpoints at their bound. */
    static final int DEFAULT_PERMITS_TOTAL = 512;
    /** Thirty-two callers behind each permit: more would mostly wait for their deadline. */
    static final int DEFAULT_QUEUE_PER_ENDPOINT = 1_024;
    /** Sixteen endpoints at their bound. */
    static final int DEFAULT_QUEUE_TOTAL = 16_384;
    /** Longer than any healthy exchange, shorter than a person's patience. */
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    /** One lost SYN is sent again after a second, a second one after three. */
    static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(3);
    /** A stream that says nothing for so long has most likely lost its peer. */
    static final Duration DEFAULT_SILENCE = Duration.ofSeconds(10);
    /** What an orchestrator grants before it kills. */
    static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);
    /** Below what servers and NAT boxes commonly grant. */
    static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(60);
    /** Often enough to follow a load balancer, seldom enough to cost nothing. */
    static final Duration DEFAULT_MAX_LIFETIME = Duration.ofMinutes(30);
    /** As many as may be in use. */
    static final int DEFAULT_MAX_IDLE = 512;
    /** A mebibyte: more than most protocols' messages, little enough to multiply by the permits. */
    static final int DEFAULT_MAX_FRAME = 1_048_576;
    /** What the JDK and most resolvers grant. */
    static final Duration DEFAULT_DNS_TTL = Duration.ofSeconds(30);
    /** A storm of callers asks once, a repaired name is found soon. */
    static final Duration DEFAULT_DNS_NEGATIVE_TTL = Duration.ofSeconds(5);

    private static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(60);
    /** Longer than a lease is held on purpose. */
    static final Duration DEFAULT_LEAK_AFTER = Duration.ofSeconds(60);
    /** Serial: a caller's slow reply delays nobody else. */
    static final int DEFAULT_PIPELINE_DEPTH = 0;
    /** One socket carries what a thousand callers ask. */
    static final int DEFAULT_SHARED_CONNECTIONS = 1;
    /** A gibibyte: fits a small container beside its program. */
    static final long DEFAULT_MAX_MEMORY = 1L << 30;

    private final Builder set;
    private final Dns dns;
    private final List<Observer> observers;
    private final Map<Priority, Integer> reserved;

    private ClientOptions(Builder set) {
        this.set = set;
        this.dns = set.dns == null ? Dns.system() : set.dns;
        this.observers = List.copyOf(set.observers);
        this.reserved = Map.copyOf(set.reserved);
    }

    /** All options at their defaults, to be changed. */
    public static Builder builder() {
        return new Builder();
    }

    /** All options at their defaults. */
    public static ClientOptions defaults() {
        return builder().build();
    }

    /** These options, to be changed. */
    public Builder toBuilder() {
        return set.copy();
    }

    /**
     * Exchanges and leases in flight to one endpoint, and so connections in use there; at least 1, at most {@code
     * permitsTotal}.
     */
    public int permitsPerEndpoint() {
        return set.permitsPerEndpoint();
    }

    /** Exchanges and leases in flight altogether; at least 1. */
    public int permitsTotal() {
        return set.permitsTotal();
    }

    /**
     * Callers that may wait for a permit of one endpoint; 0 refuses whoever cannot go at once; at most {@code
     * queueTotal}.
     */
    public int queuePerEndpoint() {
        return set.queuePerEndpoint;
    }

    /** Callers that may wait altogether; at least 0. */
    public int queueTotal() {
        return set.queueTotal;
    }

    /** How many of an endpoint's permits only a priority and those above it may have; none by default. */
    public Map<Priority, Integer> reserved() {
        return reserved;
    }

    /** Whether a call is refused at once where, as fast as its line moves, its deadline would pass before its turn. */
    public boolean refuseHopeless() {
        return set.refuseHopeless;
    }

    /** What makes the adaptive limit of an endpoint; empty if limits are fixed. */
    public Optional<IntFunction<Limit>> limit() {
        return Optional.ofNullable(set.limit);
    }

    /** Time for a whole call, queue included; positive. {@link Remote#within} says otherwise for one remote. */
    public Duration timeout() {
        return set.timeout;
    }

    /** Time from the lookup to the end of the codec's {@code open}; positive. */
    public Duration connectTimeout() {
        return set.connectTimeout;
    }

    /** How long one read or write of a lease, one reply of a stream, or the oldest exchange on a shared connection may wait; positive. */
    public Duration silence() {
        return set.silence;
    }

    /** How long {@link Client#close} lets running calls go on; zero cuts them at once. */
    public Duration drain() {
        return set.drain;
    }

    /** An idle connection unused for so long is closed; positive. */
    public Duration idleTimeout() {
        return set.idleTimeout;
    }

    /** A connection so old, less up to an eighth of it at random, is closed after its exchange; positive. */
    public Duration maxLifetime() {
        return set.maxLifetime;
    }

    /** Idle connections of all endpoints; the one longest idle is closed first; 0 keeps none. */
    public int maxIdle() {
        return set.maxIdle;
    }

    /** Bytes of one request or reply; at least 1. */
    public int maxFrame() {
        return set.maxFrame;
    }

    /**
     * How long a name's addresses are kept; positive. With {@code Dns.system()} the JDK keeps them too, below: see
     * {@code networkaddress.cache.ttl}.
     */
    public Duration dnsTtl() {
        return set.dnsTtl;
    }

    /** How long a failed lookup is kept; zero keeps none. */
    public Duration dnsNegativeTtl() {
        return set.dnsNegativeTtl;
    }

    /** A lease held for so long is reported once; positive. */
    public Duration leakAfter() {
        return set.leakAfter;
    }

    /** Exchanges in flight on a connection that callers share, for codecs that can; 0 if each has a connection to itself. */
    public int pipelineDepth() {
        return set.pipelineDepth;
    }

    /** Connections of a route that callers share where {@code pipelineDepth} is above 0; 1, as long as that is 0. */
    public int sharedConnections() {
        return set.sharedConnections;
    }

    /**
     * Bytes that frames, buffers and idle connections may take at most; {@code build()} refuses options whose product
     * is above it.
     */
    public long maxMemory() {
        return set.maxMemory;
    }

    /** After how much silence TCP asks whether the peer is still there, at least a second; zero if never. */
    public Duration keepAlive() {
        return set.keepAlive;
    }

    /** The address of this machine to connect from; empty if the system chooses. */
    public Optional<InetAddress> localAddress() {
        return Optional.ofNullable(set.localAddress);
    }

    /** How connections are secured. */
    public TlsOptions tls() {
        return set.tls;
    }

    /** What looks host names up; {@link Dns#system()} by default. */
    public Dns dns() {
        return dns;
    }

    /** Who is told what the client does; nobody by default. */
    public List<Observer> observers() {
        return observers;
    }

    /**
     * The most bytes that frames, buffers and idle connections can take: {@code permitsTotal} times a frame (two where callers share
     * connections, for requests are then in memory as a whole), a write buffer of
     * 64 KiB and a read window of 16 KiB, 2 KiB for each idle connection, and 2 MiB, outside the heap, that fast streams are read ahead into.
     */
    public long memoryBound() {
        return set.memoryBound();
    }

    /** The value; null is refused like any other nonsense, by an IllegalArgumentException that names the option. */
    static <T> T given(String option, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(option + " is null");
        }
        return value;
    }

    static void requirePositive(String option, @Nullable Duration value) {
        if (value == null || value.isNegative() || value.isZero() || value.compareTo(FOREVER) > 0) {
            throw new IllegalArgumentException(option + " " + value + " is not positive, or over 100 years");
        }
    }

    /** Collects options. For one thread; may be used again after {@link #build()}. */
    public static final class Builder {
        private @Nullable Integer permitsPerEndpoint;
        private @Nullable Integer permitsTotal;
        private int queuePerEndpoint = DEFAULT_QUEUE_PER_ENDPOINT;
        private int queueTotal = DEFAULT_QUEUE_TOTAL;
        private Duration timeout = DEFAULT_TIMEOUT;
        private Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;
        private Duration silence = DEFAULT_SILENCE;
        private Duration drain = DEFAULT_DRAIN;
        private Duration idleTimeout = DEFAULT_IDLE_TIMEOUT;
        private Duration maxLifetime = DEFAULT_MAX_LIFETIME;
        private int maxIdle = DEFAULT_MAX_IDLE;
        private int maxFrame = DEFAULT_MAX_FRAME;
        private Duration dnsTtl = DEFAULT_DNS_TTL;
        private Duration dnsNegativeTtl = DEFAULT_DNS_NEGATIVE_TTL;
        private Duration leakAfter = DEFAULT_LEAK_AFTER;
        private int pipelineDepth = DEFAULT_PIPELINE_DEPTH;
        private int sharedConnections = DEFAULT_SHARED_CONNECTIONS;
        private long maxMemory = DEFAULT_MAX_MEMORY;
        private Duration keepAlive = DEFAULT_KEEP_ALIVE;
        private @Nullable InetAddress localAddress;
        private TlsOptions tls = TlsOptions.defaults();
        private @Nullable Dns dns;
        private List<Observer> observers = new ArrayList<>();
        private Map<Priority, Integer> reserved = new HashMap<>();
        private boolean refuseHopeless;
        private @Nullable IntFunction<Limit> limit;

        private Builder() {}

        private int permitsPerEndpoint() {
            Integer said = permitsPerEndpoint;
            return said != null ? said : pipelineDepth > 0 ? clamped(places()) : DEFAULT_PERMITS_PER_ENDPOINT;
        }

        private int permitsTotal() {
            Integer said = permitsTotal;
            return said != null
                    ? said
                    : pipelineDepth > 0
                            ? Math.max(DEFAULT_PERMITS_TOTAL / 2, permitsPerEndpoint())
                            : DEFAULT_PERMITS_TOTAL;
        }

        /** On all connections to an endpoint that callers share. */
        private long places() {
            return (long) pipelineDepth * sharedConnections;
        }

        private static int clamped(long value) {
            return Math.clamp(value, 1, Integer.MAX_VALUE);
        }

        /**
         * Exchanges and leases in flight to one endpoint, and so connections in use there; at least 1, at most {@code
         * permitsTotal}. Default 32, where no connections are shared: what a server thread pool of ordinary size serves at once.
         */
        public Builder permitsPerEndpoint(int permitsPerEndpoint) {
            this.permitsPerEndpoint = permitsPerEndpoint;
            return this;
        }

        /**
         * Exchanges and leases in flight altogether; at least 1. Default 512: sixteen endpoints at their bound. Where connections are
         * shared half as many, for each may then hold two frames, but never less than {@code permitsPerEndpoint}.
         */
        public Builder permitsTotal(int permitsTotal) {
            this.permitsTotal = permitsTotal;
            return this;
        }

        /**
         * Callers that may wait for a permit of one endpoint; 0 refuses whoever cannot go at once; at most {@code
         * queueTotal}. Default 1,024: thirty-two callers behind each permit: more would mostly wait for their deadline.
         */
        public Builder queuePerEndpoint(int queuePerEndpoint) {
            this.queuePerEndpoint = queuePerEndpoint;
            return this;
        }

        /** Callers that may wait altogether; at least 0. Default 16,384: sixteen endpoints at their bound. */
        public Builder queueTotal(int queueTotal) {
            this.queueTotal = queueTotal;
            return this;
        }

        /**
         * Keeps the last {@code permits} of each endpoint's permits for this priority and those above it: lower ones get a permit only
         * while more than that are free. At least one permit is always for everybody, also where an adaptive limit shrinks. By default
         * none are reserved: the head start alone decides, once there is somebody to wait behind.
         *
         * @param permits 0 to {@code permitsPerEndpoint} less 1
         */
        public Builder reserve(Priority priority, int permits) {
            reserved.put(given("priority", priority), permits);
            return this;
        }

        /**
         * Whether to refuse a call at once, by a {@code RejectedException}, where as fast as its line moves its deadline would pass before
         * its turn. Default false: the measure is of the last few dozen calls, and a line may move faster in a moment.
         */
        public Builder refuseHopeless(boolean refuseHopeless) {
            this.refuseHopeless = refuseHopeless;
            return this;
        }

        /**
         * Lets the permits of each endpoint adapt to how it serves: {@code limit(Limit::aimd)}. The function is called once for each
         * endpoint, with {@code permitsPerEndpoint}, which stays the most there can be. Default: no function, the limit is fixed.
         */
        public Builder limit(IntFunction<Limit> limit) {
            this.limit = given("limit", limit);
            return this;
        }

        /**
         * Time for a whole call, queue included; positive. {@link Remote#within} says otherwise for one remote. Default
         * 30 s: longer than any healthy exchange, shorter than a person's patience.
         */
        public Builder timeout(Duration timeout) {
            this.timeout = given("timeout", timeout);
            return this;
        }

        /**
         * Time from the lookup to the end of the codec's {@code open}; positive. Default 3 s: one lost SYN is sent
         * again after a second, a second one after three.
         */
        public Builder connectTimeout(Duration connectTimeout) {
            this.connectTimeout = given("connectTimeout", connectTimeout);
            return this;
        }

        /**
         * How long one read or write of a lease may wait, and the next reply of a stream; positive. Default 10 s: a stream that says
         * nothing for so long has most likely lost its peer.
         *
         * <p>Where callers share connections, one is cut, and all who are on it fail, once its oldest exchange has had no whole reply for
         * so long, whatever {@link #timeout} its caller has: a single exchange that takes longer wants a larger value, or a client of
         * its own.
         */
        public Builder silence(Duration silence) {
            this.silence = given("silence", silence);
            return this;
        }

        /**
         * How long {@link Client#close} lets running calls go on; zero cuts them at once. Default 5 s: what an
         * orchestrator grants before it kills.
         */
        public Builder drain(Duration drain) {
            this.drain = given("drain", drain);
            return this;
        }

        /**
         * An idle connection unused for so long is closed; positive. Default 60 s: below what servers and NAT boxes
         * commonly grant.
         */
        public Builder idleTimeout(Duration idleTimeout) {
            this.idleTimeout = given("idleTimeout", idleTimeout);
            return this;
        }

        /**
         * A connection so old, less up to an eighth of it at random, is closed after its exchange; positive. Default 30
         * min: often enough to follow a load balancer, seldom enough to cost nothing.
         */
        public Builder maxLifetime(Duration maxLifetime) {
            this.maxLifetime = given("maxLifetime", maxLifetime);
            return this;
        }

        /**
         * Idle connections of all endpoints; the one longest idle is closed first; 0 keeps none. Default 512: as many
         * as may be in use.
         */
        public Builder maxIdle(int maxIdle) {
            this.maxIdle = maxIdle;
            return this;
        }

        /**
         * Bytes of one request or reply; at least 1. Default 1,048,576, a mebibyte: more than most protocols' messages,
         * little enough to multiply by the permits.
         */
        public Builder maxFrame(int maxFrame) {
            this.maxFrame = maxFrame;
            return this;
        }

        /**
         * How long a name's addresses are kept; positive. With {@code Dns.system()} the JDK keeps them too, below: see
         * {@code networkaddress.cache.ttl}. Default 30 s: what the JDK and most resolvers grant.
         */
        public Builder dnsTtl(Duration dnsTtl) {
            this.dnsTtl = given("dnsTtl", dnsTtl);
            return this;
        }

        /**
         * How long a failed lookup is kept; zero keeps none. Default 5 s: a storm of callers asks once, a repaired name
         * is found soon.
         */
        public Builder dnsNegativeTtl(Duration dnsNegativeTtl) {
            this.dnsNegativeTtl = given("dnsNegativeTtl", dnsNegativeTtl);
            return this;
        }

        /**
         * A lease held for so long is reported once; positive. Default 60 s: longer than a lease is held on purpose.
         */
        public Builder leakAfter(Duration leakAfter) {
            this.leakAfter = given("leakAfter", leakAfter);
            return this;
        }

        /**
         * Exchanges in flight on a connection that callers share, where the codec {@link Codec#pipelines() pipelines} or is a
         * {@link CorrelatedCodec}; at least 0. What else is asked of such an endpoint, leases and other codecs, has connections to itself as
         * ever. Where it is above 0, {@code permitsPerEndpoint} is by default this times {@code sharedConnections}, and at most that, and
         * {@code permitsTotal} at least. Default 0, serial: a caller's slow reply delays nobody else.
         */
        public Builder pipelineDepth(int pipelineDepth) {
            this.pipelineDepth = pipelineDepth;
            return this;
        }

        /**
         * Connections of a route that callers share where {@code pipelineDepth} is above 0; 1, as long as that is 0. Default 1:
         * one socket carries what a thousand callers ask.
         */
        public Builder sharedConnections(int sharedConnections) {
            this.sharedConnections = sharedConnections;
            return this;
        }

        /**
         * Bytes that frames, buffers and idle connections may take at most; {@code build()} refuses options whose
         * product is above it. Default 1,073,741,824, a gibibyte: fits a small container beside its program.
         */
        public Builder maxMemory(long maxMemory) {
            this.maxMemory = maxMemory;
            return this;
        }

        /**
         * After how much silence TCP asks whether the peer is still there, in whole seconds, at least 1; zero never to ask. Default 60 s:
         * before the usual firewall forgets the connection. Where the system cannot be told the time, it asks at its own, after two hours
         * as a rule.
         */
        public Builder keepAlive(Duration keepAlive) {
            this.keepAlive = given("keepAlive", keepAlive);
            return this;
        }

        /**
         * The address of this machine to connect from; peers of its own family only can then be reached. Whether it is there is
         * seen when dialling. Unix-domain sockets have none. Default: the system chooses.
         */
        public Builder localAddress(InetAddress localAddress) {
            this.localAddress = given("localAddress", localAddress);
            return this;
        }

        /** How connections are secured. Default {@link TlsOptions#defaults()}. */
        public Builder tls(TlsOptions tls) {
            this.tls = given("tls", tls);
            return this;
        }

        /** What looks host names up. Default {@link Dns#system()}. */
        public Builder dns(Dns dns) {
            this.dns = given("dns", dns);
            return this;
        }

        /** One more who is told what the client does. */
        public Builder observer(Observer observer) {
            observers.add(given("observer", observer));
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if any is out of range or they do not fit together; names each with its value
         */
        public ClientOptions build() {
            List<String> wrong = new ArrayList<>();
            atLeast(wrong, "permitsPerEndpoint", permitsPerEndpoint(), 1);
            atLeast(wrong, "permitsTotal", permitsTotal(), 1);
            atLeast(wrong, "queuePerEndpoint", queuePerEndpoint, 0);
            atLeast(wrong, "queueTotal", queueTotal, 0);
            atLeast(wrong, "maxIdle", maxIdle, 0);
            atLeast(wrong, "maxFrame", maxFrame, 1);
            atMost(wrong, "permitsPerEndpoint", permitsPerEndpoint(), "permitsTotal", permitsTotal());
            atMost(wrong, "queuePerEndpoint", queuePerEndpoint, "queueTotal", queueTotal);
            positive(wrong, "timeout", timeout);
            positive(wrong, "connectTimeout", connectTimeout);
            positive(wrong, "silence", silence);
            positive(wrong, "idleTimeout", idleTimeout);
            positive(wrong, "maxLifetime", maxLifetime);
            positive(wrong, "dnsTtl", dnsTtl);
            positive(wrong, "leakAfter", leakAfter);
            notNegative(wrong, "drain", drain);
            notNegative(wrong, "dnsNegativeTtl", dnsNegativeTtl);
            notNegative(wrong, "keepAlive", keepAlive);
            if (keepAlive.isPositive() && keepAlive.toSeconds() == 0) {
                wrong.add("keepAlive " + keepAlive + " is below a second, and not zero");
            }
            reserved.forEach((priority, permits) -> {
                atLeast(wrong, "reserve of " + priority, permits, 0);
                if (permits > 0) {
                    atMost(
                            wrong,
                            "reserve of " + priority,
                            permits,
                            "permitsPerEndpoint less one,",
                            permitsPerEndpoint() - 1);
                }
            });
            atLeast(wrong, "pipelineDepth", pipelineDepth, 0);
            atLeast(wrong, "sharedConnections", sharedConnections, 1);
            if (pipelineDepth == 0) {
                atMost(wrong, "sharedConnections", sharedConnections, "1, as long as pipelineDepth is 0,", 1);
            }
            placesSuffice(wrong);
            if (wrong.isEmpty()) {
                fitsIntoMemory(wrong);
            }
            refuse(wrong);
            return new ClientOptions(copy());
        }

        /** What changing the permits of a client that runs has to hold. */
        void checkPermits() {
            List<String> wrong = new ArrayList<>();
            atLeast(wrong, "permitsPerEndpoint", permitsPerEndpoint(), 1);
            atMost(wrong, "permitsPerEndpoint", permitsPerEndpoint(), "permitsTotal", permitsTotal());
            placesSuffice(wrong);
            if (wrong.isEmpty()) {
                fitsIntoMemory(wrong);
            }
            refuse(wrong);
        }

        private void placesSuffice(List<String> wrong) {
            if (pipelineDepth > 0 && permitsPerEndpoint() > places()) {
                wrong.add("permitsPerEndpoint " + permitsPerEndpoint() + " is over pipelineDepth " + pipelineDepth
                        + " x sharedConnections " + sharedConnections + ": not all could be in flight");
            }
        }

        private static void refuse(List<String> wrong) {
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", wrong));
            }
        }

        private void fitsIntoMemory(List<String> wrong) {
            if (memoryBound() > maxMemory) {
                wrong.add("maxMemory " + maxMemory + " is below the " + memoryBound() + " bytes that permitsTotal "
                        + permitsTotal() + " x (maxFrame " + maxFrame + " + buffers " + buffers() + ") + maxIdle "
                        + maxIdle + " x " + idleConnection() + " + " + ReadAheads.MOST_BYTES
                        + " for streams can take: lower permitsTotal or maxFrame, or raise maxMemory");
            }
        }

        /** A request on a shared connection is in memory as a whole until it is sent. */
        private long buffers() {
            return (pipelineDepth > 0 ? (long) maxFrame : 0) + WRITE_BOUND + READ_WINDOW;
        }

        private int idleConnection() {
            return pipelineDepth > 0 ? IDLE_SHARED_CONNECTION : IDLE_CONNECTION;
        }

        private long memoryBound() {
            return permitsTotal() * (maxFrame + buffers()) + (long) maxIdle * idleConnection() + ReadAheads.MOST_BYTES;
        }

        private Builder copy() {
            Builder copy = new Builder();
            copy.permitsPerEndpoint = permitsPerEndpoint;
            copy.permitsTotal = permitsTotal;
            copy.queuePerEndpoint = queuePerEndpoint;
            copy.queueTotal = queueTotal;
            copy.timeout = timeout;
            copy.connectTimeout = connectTimeout;
            copy.silence = silence;
            copy.drain = drain;
            copy.idleTimeout = idleTimeout;
            copy.maxLifetime = maxLifetime;
            copy.maxIdle = maxIdle;
            copy.maxFrame = maxFrame;
            copy.dnsTtl = dnsTtl;
            copy.dnsNegativeTtl = dnsNegativeTtl;
            copy.leakAfter = leakAfter;
            copy.pipelineDepth = pipelineDepth;
            copy.sharedConnections = sharedConnections;
            copy.maxMemory = maxMemory;
            copy.keepAlive = keepAlive;
            copy.localAddress = localAddress;
            copy.tls = tls;
            copy.dns = dns;
            copy.observers = new ArrayList<>(observers);
            copy.reserved = new HashMap<>(reserved);
            copy.refuseHopeless = refuseHopeless;
            copy.limit = limit;
            return copy;
        }

        private static void atLeast(List<String> wrong, String option, int value, int least) {
            if (value < least) {
                wrong.add(option + " " + value + " is below " + least);
            }
        }

        private static void atMost(List<String> wrong, String option, int value, String bound, int most) {
            if (value > most) {
                wrong.add(option + " " + value + " is over " + bound + " " + most);
            }
        }

        private static void positive(List<String> wrong, String option, Duration value) {
            try {
                requirePositive(option, value);
            } catch (IllegalArgumentException e) {
                wrong.add(String.valueOf(e.getMessage()));
            }
        }

        private static void notNegative(List<String> wrong, String option, Duration value) {
            if (value.isNegative()) {
                wrong.add(option + " " + value + " is negative");
            } else if (!value.isZero()) {
                positive(wrong, option, value);
            }
        }
    }
}
