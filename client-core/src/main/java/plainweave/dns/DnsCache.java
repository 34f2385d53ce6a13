package plainweave.dns;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import plainweave.call.Deadline;
import plainweave.call.Dns;
import plainweave.observe.jfr.DnsLookupEvent;
import plainweave.observe.jfr.DnsLookupEvent.Source;
import plainweave.observe.jfr.Events;
import plainweave.time.Watchdog;

/**
 * Remembers what names resolved to. One lookup at a time for a name, however many ask; each caller waits with its own deadline
 * and, leaving, never disturbs the lookup. Lookups run on a few platform threads of their own, because {@code getaddrinfo}
 * holds its carrier and cannot be interrupted.
 *
 * <p>An answer that is soon too old is renewed in the background by whoever asks then. The last good answer of a name stays for
 * another ten minutes: while the resolver fails, or takes longer than a quarter of a second, callers get that one.
 *
 * <p>Safe from any thread.
 */
public final class DnsCache implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DnsCache.class.getName());

    /** A resolver that blackholes holds a thread for seconds; eight keep other names moving without many threads. */
    private static final int MAX_LOOKUP_THREADS = 8;

    /** Names waiting for one of the threads; beyond that a lookup fails at once rather than late. */
    private static final int MAX_LOOKUPS_QUEUED = 1_024;

    private static final int MAX_NAMES = 10_000;

    /** How long before the end of its time an answer is renewed, if anybody asks. */
    private static final Duration RENEWED_AHEAD = Duration.ofSeconds(5);

    /** How long beyond its time to live an answer is given while there is no newer one. */
    private static final Duration MOST_STALE = Duration.ofMinutes(10);

    /** How long a lookup may take before callers are given the answer before. */
    private static final Duration PATIENCE_WITH_STALE = Duration.ofMillis(250);

    private static final Duration IDLE_THREAD_ENDS_AFTER = Duration.ofSeconds(5);

    /**
     * How long answers are kept.
     *
     * @param ttl of an answer with addresses
     * @param negativeTtl of a name that has none; zero to keep none
     */
    public record Settings(Duration ttl, Duration negativeTtl) {}

    /**
     * How the cache stands.
     *
     * @param hits names found in it
     * @param lookups lookups made
     * @param failures lookups that gave no address
     * @param names names held
     */
    public record Counts(long hits, long lookups, long failures, long names) {}

    private final Settings settings;
    private final Dns dns;
    private final Watchdog watchdog;
    private final LongSupplier nanoTime;
    private final Consumer<Answer> onLookup;
    private final ThreadPoolExecutor lookupThreads;
    private final long renewAfterNanos;
    private final long givenForNanos;

    /** What is known, and what is being looked up for the first time or since the answer before went out of date. */
    private final AsyncCache<String, Found> cache;

    /** The last good answer of each name; stays when it is too old to be given, for then too it tells which addresses have gone. */
    private final Cache<String, Good> good;

    private final ConcurrentHashMap<String, Lookup> renewals = new ConcurrentHashMap<>();

    private final LongAdder hits = new LongAdder();
    private final LongAdder lookups = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * A cache in front of a resolver.
     *
     * @param dns what looks names up
     * @param watchdog ends callers' waits
     * @param nanoTime the clock of times to live
     * @param onLookup told of each lookup's answer, on a lookup thread, or on the caller's where there is none to be had; must not throw
     */
    public DnsCache(Settings settings, Dns dns, Watchdog watchdog, LongSupplier nanoTime, Consumer<Answer> onLookup) {
        this.settings = settings;
        this.dns = dns;
        this.watchdog = watchdog;
        this.nanoTime = nanoTime;
        this.onLookup = onLookup;
        this.lookupThreads = new ThreadPoolExecutor(
                MAX_LOOKUP_THREADS,
                MAX_LOOKUP_THREADS,
                IDLE_THREAD_ENDS_AFTER.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(MAX_LOOKUPS_QUEUED),
                Thread.ofPlatform().daemon().name("plainweave-dns-", 0).factory());
        lookupThreads.allowCoreThreadTimeOut(true);
        this.renewAfterNanos = settings.ttl()
                .minus(
                        RENEWED_AHEAD.compareTo(settings.ttl().dividedBy(2)) < 0
                                ? RENEWED_AHEAD
                                : settings.ttl().dividedBy(2))
                .toNanos();
        this.cache = caffeine()
                .expireAfter(Expiry.<String, Found>writing((host, found) -> found.timeToLive(settings)))
                .buildAsync();
        this.good = caffeine().build();
        this.givenForNanos = settings.ttl().plus(MOST_STALE).toNanos();
    }

    private Caffeine<Object, Object> caffeine() {
        return Caffeine.newBuilder()
                .maximumSize(MAX_NAMES)
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run); // maintenance is short work, and the common pool is not ours to use
    }

    /** What a lookup gave, and when. */
    private static final class Found {
        final Answer answer;
        final boolean lasting;
        final long renewAt;
        final AtomicBoolean renewed = new AtomicBoolean();

        Found(Answer answer, boolean lasting, long renewAt) {
            this.answer = answer;
            this.lasting = lasting;
            this.renewAt = renewAt;
        }

        Duration timeToLive(Settings settings) {
            if (answer.failure() == null) {
                return settings.ttl();
            }
            return lasting ? settings.negativeTtl() : Duration.ZERO;
        }
    }

    private static final Found GIVEN_UP = new Found(
            new Answer("", List.of(), new UnknownHostException("nobody waited"), Duration.ZERO, Set.of(), false),
            false,
            0);

    private record Good(List<InetAddress> addresses, History history, long givenUntil) {}

    /**
     * The addresses of a host, looked up unless they are known; a literal is its own address.
     *
     * @param host a name in lower case or an address literal
     * @throws UnknownHostException if it has none, or the lookup failed
     * @throws TimeoutException if the deadline passed first; the lookup goes on for the next caller
     * @throws InterruptedException if the caller was interrupted; the lookup goes on
     * @throws CancellationException if the cache is closed, or is meanwhile
     */
    public List<InetAddress> resolve(String host, Deadline deadline)
            throws UnknownHostException, TimeoutException, InterruptedException {
        InetAddress literal = Literals.parse(host);
        if (literal != null) {
            return List.of(literal);
        }
        if (closed) {
            throw new CancellationException("the client was closed");
        }
        DnsLookupEvent event = Events.dnsLookup();
        try {
            Given given = given(host, deadline);
            if (event != null) {
                event.done(host, given.addresses.size(), given.from);
            }
            return given.addresses;
        } catch (Throwable t) {
            if (event != null) {
                event.failed(host, t);
            }
            throw t;
        }
    }

    private record Given(List<InetAddress> addresses, Source from) {}

    private Given given(String host, Deadline deadline)
            throws UnknownHostException, TimeoutException, InterruptedException {
        Lookup lookup = lookupOnce(host, hits);
        boolean known = lookup.givenBefore() && lookup.isDone();
        if (!known) {
            Good before = lastGood(host);
            if (before != null && lookup.isLate()) {
                return new Given(before.addresses, Source.STALE);
            }
            try {
                await(lookup, before == null ? deadline : deadline.earlier(lookup.late));
            } catch (TimeoutException e) {
                if (before == null || !lookup.isLate()) {
                    throw e;
                }
                return new Given(before.addresses, Source.STALE);
            }
        }
        Found found = lookup.join();
        if (found == GIVEN_UP) {
            return given(host, deadline); // it was just then that we came
        }
        UnknownHostException failure = found.answer.failure();
        if (failure == null) {
            renewIfDue(host, found);
            return new Given(found.answer.addresses(), known ? Source.CACHE : Source.LOOKUP);
        }
        Good before = lastGood(host);
        if (before != null) {
            return new Given(before.addresses, Source.STALE);
        }
        // a new one for each caller: the cached one has another thread's stack
        UnknownHostException mine = new UnknownHostException(failure.getMessage());
        mine.initCause(failure);
        throw mine;
    }

    /** The last good answer of a name, unless it is too old. */
    private @Nullable Good lastGood(String host) {
        Good last = good.getIfPresent(host);
        return last == null || last.givenUntil - nanoTime.getAsLong() <= 0 ? null : last;
    }

    /** Looks a host up in the background if what is known of it is out of date, or soon will be. */
    public void keepFresh(String host) {
        if (!closed && !Literals.isLiteral(host)) {
            Lookup lookup = lookupOnce(host, null);
            if (lookup.isDone()) {
                renewIfDue(host, lookup.join());
            }
        }
    }

    /** Whoever comes second finds the lookup of the first, which is a hit too. */
    private Lookup lookupOnce(String host, @Nullable LongAdder found) {
        CompletableFuture<Found> known = cache.getIfPresent(host);
        if (known == null) {
            Lookup mine = new Lookup(host, false);
            known = cache.get(host, (name, executor) -> renewals.getOrDefault(name, mine));
            if (known == mine) {
                mine.start(); // not before: the cache held a lock meanwhile
                return mine;
            }
        }
        if (found != null) {
            found.increment();
        }
        return (Lookup) known;
    }

    private void renewIfDue(String host, Found found) {
        if (found.answer.failure() == null
                && found.renewAt - nanoTime.getAsLong() <= 0
                && found.renewed.compareAndSet(false, true)) {
            Lookup renewal = new Lookup(host, true);
            renewals.put(host, renewal);
            renewal.start();
        }
    }

    /** One lookup; the future never fails: the cache would log that, and show it until then. */
    private final class Lookup extends CompletableFuture<Found> implements Runnable {
        private final String host;
        private final boolean renews;
        private final long asked = nanoTime.getAsLong();
        private volatile boolean given;

        /** Not dependents of this future: those stay until it is complete, however many have given up. */
        final Set<CompletableFuture<Boolean>> waiters = ConcurrentHashMap.newKeySet();

        /** When callers have been patient enough. */
        final Deadline late = Deadline.after(PATIENCE_WITH_STALE);

        /** One that renews takes the place of what is cached once it has succeeded, or that has gone out of date meanwhile. */
        Lookup(String host, boolean renews) {
            this.host = host;
            this.renews = renews;
            this.given = renews;
        }

        /** Whether somebody has been given it before; it may be done as soon as it is started. */
        boolean givenBefore() {
            boolean before = given;
            if (!before) {
                given = true;
            }
            return before;
        }

        void start() {
            lookups.increment();
            try {
                lookupThreads.execute(this);
            } catch (RejectedExecutionException full) {
                String why = closed ? "the client was closed" : MAX_LOOKUPS_QUEUED + " lookups wait already";
                finish(failed(false, "was not looked up: " + why, full));
            }
        }

        @Override
        public void run() {
            if (isGivenUp()) {
                give(GIVEN_UP);
            } else {
                finish(look());
            }
        }

        /** Callers of dead names are soon gone; looking for them all the same would keep the threads from names that live. */
        private boolean isGivenUp() {
            return !renews && isLate() && waiters.isEmpty() && lastGood(host) == null;
        }

        /** What follows from an answer must find it known, or be done before anybody does: it makes callers dial. */
        private void finish(Found found) {
            if (!renews) {
                tell(found.answer);
                give(found);
                return;
            }
            if (found.answer.failure() == null) {
                give(found);
                cache.put(host, this);
                renewals.remove(host, this);
            } else {
                renewals.remove(host, this);
                give(found);
            }
            tell(found.answer);
        }

        private void give(Found found) {
            if (found.timeToLive(settings).isZero()) {
                cache.asMap().remove(host, this); // before it is complete, so that who comes now asks afresh
            }
            complete(found);
            waiters.forEach(waiter -> waiter.complete(true));
        }

        boolean isLate() {
            return late.expired();
        }

        private Found look() {
            try {
                List<InetAddress> given = Objects.requireNonNull(dns.resolve(host), "the Dns returned a null list");
                given.forEach(address -> Objects.requireNonNull(address, "the Dns returned a null address"));
                List<InetAddress> addresses = List.copyOf(given);
                return addresses.isEmpty() ? failed(true, "has no address", null) : found(addresses);
            } catch (UnknownHostException e) {
                return found(new Answer(host, List.of(), e, took(), Set.of(), false), true);
            } catch (Throwable e) {
                return failed(false, "could not be looked up: " + e, e);
            }
        }

        private Found found(List<InetAddress> addresses) {
            boolean[] added = {false};
            Good now = good.asMap().compute(host, (name, before) -> {
                History history = before == null ? History.NONE : before.history;
                added[0] = history.grownBy(addresses);
                return new Good(addresses, history.after(addresses), nanoTime.getAsLong() + givenForNanos);
            });
            return found(new Answer(host, addresses, null, took(), now.history.gone(), added[0]), true);
        }

        private Found failed(boolean lasting, String why, @Nullable Throwable cause) {
            UnknownHostException failure = new UnknownHostException(host + " " + why);
            failure.initCause(cause);
            return found(new Answer(host, List.of(), failure, took(), Set.of(), false), lasting);
        }

        private Found found(Answer answer, boolean lasting) {
            return new Found(answer, lasting, nanoTime.getAsLong() + renewAfterNanos);
        }

        private void tell(Answer answer) {
            if (answer.failure() != null) {
                failures.increment();
            }
            try {
                onLookup.accept(answer);
            } catch (Throwable t) { // callers wait for the answer, and the next lookup for this one
                LOG.log(Level.ERROR, "what follows from a lookup of " + host + " failed", t);
            }
        }

        private Duration took() {
            return Duration.ofNanos(nanoTime.getAsLong() - asked);
        }
    }

    @SuppressWarnings("UndefinedEquals") // by identity, which is what a set of waiters is about
    private void await(Lookup lookup, Deadline deadline) throws TimeoutException, InterruptedException {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        try (Watchdog.Timer timer = watchdog.timer(() -> mine.complete(false))) {
            timer.arm(deadline.nanoTime());
            waiting.add(mine);
            lookup.waiters.add(mine);
            if (lookup.isDone()) {
                mine.complete(true);
            }
            if (closed) {
                mine.cancel(false);
            }
            if (!mine.get()) {
                throw new TimeoutException("no answer from DNS yet");
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a lookup never fails", e);
        } finally {
            lookup.waiters.remove(mine);
            waiting.remove(mine);
        }
    }

    /** How it stands now. */
    public Counts counts() {
        return new Counts(
                hits.sum(), lookups.sum(), failures.sum(), cache.synchronous().estimatedSize());
    }

    /** Sends waiters away, and ends the threads once their lookups are over; does not wait for those. Idempotent. */
    @Override
    public void close() {
        closed = true;
        waiting.forEach(mine -> mine.cancel(false));
        lookupThreads.shutdownNow();
    }
}
