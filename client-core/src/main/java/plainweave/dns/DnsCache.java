package plainweave.dns;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
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
import plainweave.time.Watchdog;

/**
 * Remembers what names resolved to. One lookup at a time for a name, however many ask; each caller waits with its own deadline
 * and, leaving, never disturbs the lookup. Lookups run on a few platform threads of their own, because {@code getaddrinfo}
 * holds its carrier and cannot be interrupted.
 *
 * <p>Safe from any thread.
 */
public final class DnsCache implements AutoCloseable {
    /** A resolver that blackholes holds a thread for seconds; eight keep other names moving without many threads. */
    private static final int MAX_LOOKUP_THREADS = 8;

    /** Names waiting for one of the threads; beyond that a lookup fails at once rather than late. */
    private static final int MAX_LOOKUPS_QUEUED = 1_024;

    private static final int MAX_NAMES = 10_000;

    private static final Duration IDLE_THREAD_ENDS_AFTER = Duration.ofSeconds(5);

    /**
     * How long answers are kept.
     *
     * @param ttl of an answer with addresses
     * @param negativeTtl of a failure; zero to keep none
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

    private final Dns dns;
    private final Watchdog watchdog;
    private final LongSupplier nanoTime;
    private final Consumer<Answer> onLookup;
    private final ThreadPoolExecutor lookupThreads;
    private final AsyncCache<String, Answer> cache;
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
     * @param onLookup told of each lookup's answer, on a lookup thread; must not throw
     */
    @SuppressWarnings("exports") // for the client: nobody else has a watchdog
    public DnsCache(Settings settings, Dns dns, Watchdog watchdog, LongSupplier nanoTime, Consumer<Answer> onLookup) {
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
        this.cache = Caffeine.newBuilder()
                .maximumSize(MAX_NAMES)
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run) // maintenance is short work, and the common pool is not ours to use
                .expireAfter(Expiry.<String, Answer>creating(
                        (host, answer) -> answer.failure() == null ? settings.ttl() : settings.negativeTtl()))
                .buildAsync();
    }

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
        CompletableFuture<Answer> known = cache.getIfPresent(host);
        CompletableFuture<Answer> shared = known != null ? known : lookupOnce(host);
        if (known != null) {
            hits.increment();
        }
        Answer answer = shared.isDone() ? shared.join() : await(shared, deadline);
        UnknownHostException failure = answer.failure();
        if (failure != null) {
            // a new one for each caller: the cached one has another thread's stack
            UnknownHostException mine = new UnknownHostException(failure.getMessage());
            mine.initCause(failure);
            throw mine;
        }
        return answer.addresses();
    }

    /** Whoever comes second finds the lookup of the first, which is a hit too. */
    private CompletableFuture<Answer> lookupOnce(String host) {
        AtomicBoolean mine = new AtomicBoolean();
        CompletableFuture<Answer> shared = cache.get(host, (name, executor) -> {
            mine.setPlain(true);
            return lookup(name);
        });
        if (!mine.getPlain()) {
            hits.increment();
        }
        return shared;
    }

    private CompletableFuture<Answer> lookup(String host) {
        lookups.increment();
        try {
            return CompletableFuture.supplyAsync(() -> lookupNow(host), lookupThreads);
        } catch (RejectedExecutionException full) {
            return CompletableFuture.completedFuture(told(failed(
                    host,
                    0,
                    new UnknownHostException(
                            host + " was not looked up: " + MAX_LOOKUPS_QUEUED + " lookups wait already"))));
        }
    }

    /** Never throws: the cache would log a failed future, and show it until then. */
    private Answer lookupNow(String host) {
        long start = nanoTime.getAsLong();
        try {
            List<InetAddress> addresses = List.copyOf(dns.resolve(host));
            if (addresses.isEmpty()) {
                throw new UnknownHostException(host + " has no address");
            }
            return told(new Answer(host, addresses, null, Duration.ofNanos(nanoTime.getAsLong() - start)));
        } catch (UnknownHostException e) {
            return told(failed(host, start, e));
        } catch (Throwable e) {
            UnknownHostException wrapped = new UnknownHostException(host + " could not be looked up: " + e);
            wrapped.initCause(e);
            return told(failed(host, start, wrapped));
        }
    }

    private Answer failed(String host, long start, UnknownHostException why) {
        failures.increment();
        return new Answer(host, List.of(), why, Duration.ofNanos(start == 0 ? 0 : nanoTime.getAsLong() - start));
    }

    private Answer told(Answer answer) {
        onLookup.accept(answer);
        return answer;
    }

    @SuppressWarnings("UndefinedEquals") // by identity, which is what a set of waiters is about
    private Answer await(CompletableFuture<Answer> shared, Deadline deadline)
            throws TimeoutException, InterruptedException {
        CompletableFuture<@Nullable Answer> mine = shared.thenApply(answer -> answer);
        try (Watchdog.Timer timer = watchdog.timer(() -> mine.complete(null))) {
            timer.arm(deadline.nanoTime());
            waiting.add(mine);
            if (closed) {
                mine.cancel(false);
            }
            Answer answer = mine.get();
            if (answer == null) {
                throw new TimeoutException("no answer from DNS yet");
            }
            return answer;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a lookup never fails", e);
        } finally {
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
