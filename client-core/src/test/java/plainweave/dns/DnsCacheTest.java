package plainweave.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import plainweave.call.Deadline;
import plainweave.call.Dns;
import plainweave.time.Await;
import plainweave.time.Watchdog;

class DnsCacheTest {
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration PATIENCE_WITH_STALE = Duration.ofMillis(250);
    private static final Duration NEGATIVE_TTL = Duration.ofSeconds(5);
    private static final InetAddress ONE = Addresses.address("10.0.0.1");
    private static final InetAddress TWO = Addresses.address("10.0.0.2");

    /** With it, only what needs no waiting is given. */
    private static final Deadline PASSED = Deadline.at(System.nanoTime() - 1);

    private final Watchdog watchdog = new Watchdog("dns-test-watchdog");
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 17); // it overflows in the first second
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Answer> told = new CopyOnWriteArrayList<>();
    private final List<DnsCache> made = new ArrayList<>();
    private final Set<Thread> threadsBefore = new HashSet<>();
    private final CountDownLatch answer = new CountDownLatch(1);

    private DnsCache cache(Dns dns, Duration negativeTtl) {
        return cache(dns, TTL, negativeTtl);
    }

    private DnsCache cache(Dns dns, Duration ttl, Duration negativeTtl) {
        Dns counted = host -> {
            asked.incrementAndGet();
            return dns.resolve(host);
        };
        DnsCache cache = new DnsCache(new DnsCache.Settings(ttl, negativeTtl), counted, watchdog, now::get, told::add);
        made.add(cache);
        return cache;
    }

    private DnsCache cache(Dns dns) {
        return cache(dns, NEGATIVE_TTL);
    }

    /** A thread may park on its way for other reasons; one that waits for an answer has a timer. */
    private void waiting(int callers) {
        Await.until(callers + " callers wait for an answer", () -> watchdog.timers() == callers);
    }

    /** A resolver that answers when it is let. */
    private List<InetAddress> slowly(String host) throws UnknownHostException {
        try {
            if (!answer.await(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("never let");
            }
        } catch (InterruptedException e) {
            throw new UnknownHostException(host + ": interrupted");
        }
        return List.of(ONE);
    }

    private static Deadline later() {
        return Deadline.after(Await.PATIENCE);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMillis(20));
    }

    private record Asking(Thread thread, FutureTask<List<InetAddress>> task) {
        private List<InetAddress> addresses() throws Exception {
            return task.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        private Throwable failure() {
            return catchThrowable(this::addresses).getCause();
        }
    }

    private static Asking asking(DnsCache cache, String host, Deadline deadline) {
        Callable<List<InetAddress>> job = () -> cache.resolve(host, deadline);
        FutureTask<List<InetAddress>> task = new FutureTask<>(job);
        return new Asking(Thread.ofVirtual().start(task), task);
    }

    private Set<Thread> lookupThreads() {
        Set<Thread> threads = new HashSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("plainweave-dns-") && !threadsBefore.contains(thread)) {
                threads.add(thread);
            }
        }
        return threads;
    }

    /** The cache dates an answer after its callers have woken; from here on it has. */
    private void dated() {
        lookupThreads().forEach(Await::parked);
    }

    @BeforeEach
    void remember() {
        threadsBefore.addAll(lookupThreads());
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        answer.countDown();
        Set<Thread> threads = lookupThreads();
        made.forEach(DnsCache::close);
        for (Thread thread : threads) {
            Await.ended(thread);
        }
        Await.until("no timer is left", () -> watchdog.timers() == 0);
        watchdog.close();
    }

    // Single flight

    @Test
    void aThousandCallersMakeOneLookup() throws Exception {
        DnsCache cache = cache(this::slowly);
        List<Asking> callers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            callers.add(asking(cache, "db.test", later()));
        }
        waiting(callers.size());
        answer.countDown();

        for (Asking caller : callers) {
            assertThat(caller.addresses()).containsExactly(ONE);
        }
        assertThat(asked.get()).isEqualTo(1);
        assertThat(told)
                .singleElement()
                .satisfies(one -> assertThat(one.addresses()).containsExactly(ONE));
        DnsCache.Counts counts = cache.counts();
        assertThat(counts.lookups()).isEqualTo(1);
        assertThat(counts.hits()).isEqualTo(999);
    }

    @Test
    void differentNamesAreLookedUpSideBySide() throws Exception {
        CountDownLatch all = new CountDownLatch(8);
        DnsCache cache = cache(host -> {
            all.countDown();
            return slowly(host);
        });
        List<Asking> callers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            callers.add(asking(cache, "host" + i + ".test", later()));
        }
        assertThat(all.await(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("eight at once")
                .isTrue();
        answer.countDown();
        for (Asking caller : callers) {
            caller.addresses();
        }
        assertThat(lookupThreads()).hasSizeLessThanOrEqualTo(8);
    }

    // Times to live

    @Test
    void anAnswerIsKeptForItsTimeToLive() throws Exception {
        DnsCache cache = cache(host -> numbered());
        assertThat(cache.resolve("first.test", later())).containsExactly(ONE);
        assertThat(cache.resolve("second.test", later())).containsExactly(TWO);
        dated();

        now.addAndGet(TTL.toNanos() - 1);
        assertThat(cache.resolve("first.test", PASSED)).containsExactly(ONE);
        Await.until("that had it renewed", () -> told.size() == 3);
        now.addAndGet(1);
        assertThat(cache.resolve("second.test", later())).containsExactly(Addresses.address("10.0.0.4"));
        assertThat(asked.get()).isEqualTo(4);
    }

    @Test
    void theTimeToLiveCountsFromTheAnswerNotFromTheQuestion() throws Exception {
        DnsCache cache = cache(this::slowly);
        Asking caller = asking(cache, "db.test", later());
        Await.until("it is asked", () -> asked.get() == 1);
        now.addAndGet(3 * TTL.toNanos());
        answer.countDown();
        caller.addresses();
        dated();

        now.addAndGet(TTL.minusSeconds(6).toNanos()); // it is renewed five seconds before its end
        cache.resolve("db.test", later());
        assertThat(asked.get()).isEqualTo(1);
        assertThat(told.get(0).took()).isEqualTo(TTL.multipliedBy(3));
    }

    @Test
    void aFailureIsKeptForItsShorterTime() throws Exception {
        AtomicInteger attempt = new AtomicInteger();
        DnsCache cache = cache(host -> {
            if (attempt.getAndIncrement() == 0) {
                throw new UnknownHostException(host + ": not yet");
            }
            return List.of(ONE);
        });
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> cache.resolve("db.test", later()))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("db.test: not yet");
            dated();
        }
        now.addAndGet(NEGATIVE_TTL.toNanos() - 1);
        assertThatThrownBy(() -> cache.resolve("db.test", later())).isInstanceOf(UnknownHostException.class);
        assertThat(asked.get()).isEqualTo(1);

        now.addAndGet(1);
        assertThat(cache.resolve("db.test", later())).containsExactly(ONE);
    }

    @Test
    void aNegativeTimeOfZeroKeepsNoFailure() {
        DnsCache cache = cache(
                host -> {
                    throw new UnknownHostException(host);
                },
                Duration.ZERO);
        for (int i = 1; i <= 3; i++) {
            assertThatThrownBy(() -> cache.resolve("db.test", later())).isInstanceOf(UnknownHostException.class);
            assertThat(asked.get()).isEqualTo(i);
        }
    }

    // Renewal

    /** A resolver whose answers are numbered: 10.0.0.1, 10.0.0.2 and so on. */
    private List<InetAddress> numbered() {
        return List.of(Addresses.address("10.0.0." + asked.get()));
    }

    @Test
    void whoAsksInTheLastFiveSecondsIsServedAtOnceAndHasItRenewed() throws Exception {
        DnsCache cache = cache(host -> numbered());
        assertThat(cache.resolve("db.test", later())).containsExactly(ONE);
        dated();

        now.addAndGet(TTL.minusSeconds(5).toNanos() - 1);
        assertThat(cache.resolve("db.test", PASSED)).containsExactly(ONE);
        assertThat(asked.get()).isEqualTo(1);
        now.addAndGet(1);
        assertThat(cache.resolve("db.test", PASSED)).containsExactly(ONE);
        Await.until("it is renewed", () -> TWO.equals(known(cache)));
        assertThat(asked.get()).isEqualTo(2);
        dated();

        now.addAndGet(TTL.minusSeconds(5).toNanos() - 1);
        assertThat(cache.resolve("db.test", PASSED)).as("from then on").containsExactly(TWO);
        assertThat(asked.get()).isEqualTo(2);
    }

    private static InetAddress known(DnsCache cache) {
        try {
            return cache.resolve("db.test", PASSED).getFirst();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoIsToldOfARenewalFindsItInTheCache() throws Exception {
        List<InetAddress> found = new CopyOnWriteArrayList<>();
        AtomicReference<DnsCache> itself = new AtomicReference<>();
        DnsCache cache = new DnsCache(
                new DnsCache.Settings(TTL, NEGATIVE_TTL),
                host -> told.isEmpty() ? List.of(ONE) : List.of(TWO),
                watchdog,
                now::get,
                answer -> {
                    told.add(answer);
                    if (told.size() == 2) {
                        found.add(known(itself.get()));
                    }
                });
        made.add(cache);
        itself.set(cache);
        cache.resolve("db.test", later());
        dated();
        now.addAndGet(TTL.minusSeconds(1).toNanos());
        cache.keepFresh("db.test");

        Await.until("it is renewed", () -> !found.isEmpty());
        assertThat(found)
                .as("else a connection given up is dialled to where it was")
                .containsExactly(TWO);
    }

    @Test
    void aShortTimeToLiveIsRenewedInItsSecondHalf() throws Exception {
        DnsCache cache = cache(host -> numbered(), Duration.ofSeconds(4), NEGATIVE_TTL);
        cache.resolve("db.test", later());
        dated();

        now.addAndGet(Duration.ofSeconds(2).toNanos() - 1);
        cache.resolve("db.test", PASSED);
        assertThat(asked.get()).isEqualTo(1);
        now.addAndGet(1);
        cache.resolve("db.test", PASSED);
        Await.until("it is renewed", () -> TWO.equals(known(cache)));
    }

    @Test
    void howeverManyAskOneRenewsAndNobodyWaits() throws Exception {
        DnsCache cache = cache(host -> asked.get() == 1 ? numbered() : slowly(host));
        cache.resolve("db.test", later());
        dated();
        now.addAndGet(TTL.minusSeconds(1).toNanos());

        for (int i = 0; i < 100; i++) {
            assertThat(cache.resolve("db.test", PASSED)).containsExactly(ONE);
        }
        Await.until("it is asked", () -> asked.get() == 2);
        assertThat(cache.counts().lookups()).isEqualTo(2);
    }

    @Test
    void anAnswerThatRunsOutDuringItsRenewalIsNotLookedUpASecondTime() throws Exception {
        DnsCache cache = cache(host -> asked.get() == 1 ? List.of(TWO) : slowly(host));
        cache.resolve("db.test", later());
        dated();
        now.addAndGet(TTL.minusSeconds(1).toNanos());
        cache.resolve("db.test", PASSED);
        now.addAndGet(TTL.toNanos());

        assertThat(cache.resolve("db.test", later())).as("stale").containsExactly(TWO);
        assertThat(cache.counts().lookups()).isEqualTo(2);
        answer.countDown();
        Await.until("the renewal is over", () -> ONE.equals(known(cache)));
        assertThat(asked.get()).isEqualTo(2);
    }

    @Test
    void aRenewalThatFailsLeavesTheAnswerForItsTime() throws Exception {
        DnsCache cache = cache(host -> {
            if (asked.get() == 2) {
                throw new UnknownHostException(host + ": no longer");
            }
            return numbered();
        });
        cache.resolve("db.test", later());
        dated();
        now.addAndGet(TTL.minusSeconds(5).toNanos());
        cache.resolve("db.test", PASSED);
        Await.until("it has failed", () -> told.size() == 2);
        dated();

        now.addAndGet(Duration.ofSeconds(5).toNanos() - 1);
        assertThat(cache.resolve("db.test", PASSED)).containsExactly(ONE);
        assertThat(asked.get()).as("it is not tried again meanwhile").isEqualTo(2);
        now.addAndGet(1);
        assertThat(cache.resolve("db.test", later())).containsExactly(Addresses.address("10.0.0.3"));
    }

    @Test
    void keepFreshRenewsWithoutWaitingAndIsNoHit() throws Exception {
        DnsCache cache = cache(this::slowly);
        cache.keepFresh("db.test");
        cache.keepFresh("db.test");
        Await.until("it is asked", () -> asked.get() == 1);
        answer.countDown();
        assertThat(cache.resolve("db.test", later())).containsExactly(ONE);
        dated();
        cache.keepFresh("db.test");
        assertThat(cache.counts().lookups()).as("it is fresh").isEqualTo(1);

        now.addAndGet(TTL.minusSeconds(5).toNanos());
        cache.keepFresh("db.test");
        Await.until("it is renewed", () -> told.size() == 2);
        dated();
        now.addAndGet(2 * TTL.toNanos());
        cache.keepFresh("db.test");
        Await.until("it is looked up again", () -> told.size() == 3);
        assertThat(cache.counts().hits()).as("the one caller's").isEqualTo(1);
    }

    @Test
    void keepFreshLooksUpNoLiteralAndNothingOnceClosed() {
        DnsCache cache = cache(host -> List.of(ONE));
        cache.keepFresh("127.0.0.1");
        cache.keepFresh("::1");
        cache.close();
        cache.keepFresh("db.test");
        assertThat(cache.counts().lookups()).isZero();
    }

    // Stale answers

    @Test
    void theLastAnswerIsGivenForTenMinutesWhileTheResolverFails() throws Exception {
        for (IOException failure : List.of(new UnknownHostException("db.test"), new IOException("timed out"))) {
            AtomicBoolean fails = new AtomicBoolean();
            DnsCache cache = cache(host -> {
                if (fails.get()) {
                    throw failure;
                }
                return List.of(ONE, TWO);
            });
            cache.resolve("db.test", later());
            dated();
            fails.set(true);

            now.addAndGet(TTL.toNanos());
            assertThat(cache.resolve("db.test", later())).containsExactly(ONE, TWO);
            dated();
            now.addAndGet(Duration.ofMinutes(10).toNanos() - 1);
            assertThat(cache.resolve("db.test", later())).containsExactly(ONE, TWO);
            dated();
            now.addAndGet(NEGATIVE_TTL.toNanos());
            assertThatThrownBy(() -> cache.resolve("db.test", later())).isInstanceOf(UnknownHostException.class);
            dated();

            fails.set(false);
            now.addAndGet(NEGATIVE_TTL.toNanos());
            assertThat(cache.resolve("db.test", later())).as("it is back").containsExactly(ONE, TWO);
        }
    }

    @Test
    void theLastAnswerIsGivenOnceALookupHasTakenAQuarterOfASecond() throws Exception {
        DnsCache cache = cache(host -> asked.get() == 1 ? List.of(TWO) : slowly(host));
        cache.resolve("db.test", later());
        dated();
        now.addAndGet(TTL.toNanos());

        long start = System.nanoTime();
        assertThat(cache.resolve("db.test", later())).containsExactly(TWO);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(PATIENCE_WITH_STALE.toNanos());
        for (int i = 0; i < 100; i++) {
            assertThat(cache.resolve("db.test", PASSED))
                    .as("nobody waits again")
                    .containsExactly(TWO);
        }
        assertThat(asked.get()).isEqualTo(2);
        answer.countDown();
        Await.until("the lookup is over", () -> ONE.equals(known(cache)));
    }

    @Test
    void theLastAnswerIsGivenSoonAfterThat() throws Exception {
        Await.within(Duration.ofMillis(50), () -> {
            CountDownLatch never = new CountDownLatch(1);
            AtomicBoolean slow = new AtomicBoolean();
            DnsCache cache = cache(host -> slow.get() ? after(never) : List.of(TWO));
            cache.resolve("db.test", later());
            slow.set(true);
            now.addAndGet(TTL.toNanos());
            long due = System.nanoTime() + PATIENCE_WITH_STALE.toNanos();
            Await.Control control = Await.control(due);
            assertThat(cache.resolve("db.test", later())).containsExactly(TWO);
            long over = System.nanoTime() - due;
            never.countDown();
            return over - control.late();
        });
    }

    private static List<InetAddress> after(CountDownLatch latch) throws UnknownHostException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new UnknownHostException("interrupted");
        }
        return List.of(ONE);
    }

    @Test
    void aNameThatWasNeverKnownHasNoStaleAnswer() {
        DnsCache cache = cache(this::slowly);
        assertThatThrownBy(() -> cache.resolve("db.test", Deadline.after(Duration.ofMillis(300))))
                .isInstanceOf(TimeoutException.class);
    }

    @Test
    void anAddressThatWasLostInALongOutageIsGoneAfterwards() throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        DnsCache cache = cache(host -> {
            if (fails.get()) {
                throw new IOException("timed out");
            }
            return List.of(asked.get() == 1 ? ONE : TWO);
        });
        cache.resolve("db.test", later());
        dated();
        fails.set(true);
        now.addAndGet(Duration.ofMinutes(15).toNanos());
        assertThatThrownBy(() -> cache.resolve("db.test", later())).isInstanceOf(UnknownHostException.class);
        dated();

        fails.set(false);
        for (int i = 0; i < 2; i++) {
            assertThat(cache.resolve("db.test", later())).containsExactly(TWO);
            dated();
            now.addAndGet(TTL.toNanos());
        }
        assertThat(told.getLast().gone()).containsExactly(ONE);
    }

    // What resolvers do

    @Test
    void aFailureThatIsNotKeptIsGivenToNobodyWhoAsksAfterwards() {
        DnsCache cache = cache(host -> {
            throw new IOException("timed out");
        });
        for (int i = 1; i <= 2_000; i++) {
            assertThatThrownBy(() -> cache.resolve("db.test", later())).hasMessageContaining("timed out");
            assertThat(asked).hasValue(i);
        }
    }

    @Test
    void aLookupThatCouldNotBeMadeIsNotKept() {
        DnsCache cache = cache(host -> {
            throw new IOException("timed out " + asked.get());
        });
        for (int i = 1; i <= 3; i++) {
            assertThatThrownBy(() -> cache.resolve("db.test", later()))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("db.test could not be looked up")
                    .hasMessageContaining("timed out " + i)
                    .hasRootCauseInstanceOf(IOException.class);
        }
        assertThat(asked.get()).isEqualTo(3);
    }

    @Test
    void aStuckResolverSlowsNoNameThatIsKnown() throws Exception {
        DnsCache cache = cache(host -> host.startsWith("known") ? List.of(TWO) : slowly(host));
        cache.resolve("known.test", later());
        List<Asking> stuck = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            stuck.add(asking(cache, "stuck" + i + ".test", later()));
        }
        waiting(stuck.size());

        for (int i = 0; i < 100; i++) {
            assertThat(cache.resolve("known.test", PASSED)).containsExactly(TWO);
        }
        now.addAndGet(TTL.minusSeconds(5).toNanos());
        assertThat(cache.resolve("known.test", PASSED)).as("due for renewal").containsExactly(TWO);
        now.addAndGet(TTL.toNanos());
        assertThat(cache.resolve("known.test", later())).as("out of date").containsExactly(TWO);
        answer.countDown();
        for (Asking one : stuck) {
            assertThat(one.addresses()).containsExactly(ONE);
        }
    }

    @Test
    void aResolverThatReturnsNullIsAFailedLookupThatSaysSo() {
        List<Dns> wrong = List.of(host -> null, host -> Arrays.asList(ONE, null));
        for (Dns dns : wrong) {
            DnsCache cache = cache(dns);
            assertThatThrownBy(() -> cache.resolve("db.test", later()))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("db.test could not be looked up")
                    .hasMessageContaining("Dns returned a null");
        }
    }

    @Test
    void aLiteralIsNeverLookedUp() throws Exception {
        DnsCache cache = cache(host -> {
            throw new AssertionError("asked for " + host);
        });
        Deadline passed = Deadline.at(System.nanoTime() - 1);
        assertThat(cache.resolve("127.0.0.1", passed)).containsExactly(InetAddress.getByName("127.0.0.1"));
        assertThat(cache.resolve("::1", passed)).containsExactly(InetAddress.getByName("::1"));

        assertThat(cache.counts()).isEqualTo(new DnsCache.Counts(0, 0, 0, 0));
        assertThat(lookupThreads()).isEmpty();
    }

    @Test
    void aLiteralWithAScopeThatIsNotHereFailsAndIsNotLookedUp() {
        DnsCache cache = cache(host -> List.of(ONE));
        assertThatThrownBy(() -> cache.resolve("fe80::1%nosuch", later()))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("no such interface nosuch");
        cache.keepFresh("fe80::1%nosuch");
        assertThat(cache.counts()).isEqualTo(new DnsCache.Counts(0, 0, 0, 0));
    }

    @Test
    void addressesComeInTheOrderOfTheResolverAndCannotBeChanged() throws Exception {
        DnsCache cache = cache(host -> new ArrayList<>(List.of(TWO, ONE)));
        List<InetAddress> addresses = cache.resolve("db.test", later());

        assertThat(addresses).containsExactly(TWO, ONE);
        assertThatThrownBy(addresses::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aResolverThatThrowsSomethingElseIsAFailedLookupWithItsCause() {
        for (Throwable thrown : List.of(new IllegalStateException("mine"), new StackOverflowError("mine"))) {
            DnsCache cache = cache(host -> {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            });
            assertThatThrownBy(() -> cache.resolve("db.test", later()))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("db.test")
                    .hasMessageContaining("mine")
                    .hasRootCause(thrown);
            assertThat(cache.counts().failures()).isEqualTo(1);
            // The thread has survived it, and so has the cache.
            assertThatThrownBy(() -> cache.resolve("other.test", later())).isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void noAddressAtAllIsAFailedLookup() {
        DnsCache cache = cache(host -> List.of());

        assertThatThrownBy(() -> cache.resolve("db.test", later()))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("db.test has no address");
        assertThat(told).singleElement().satisfies(one -> {
            assertThat(one.addresses()).isEmpty();
            assertThat(one.failure()).isInstanceOf(UnknownHostException.class);
        });
    }

    @Test
    void eachCallerGetsAFailureOfItsOwnThatShowsItsOwnStack() {
        DnsCache cache = cache(host -> {
            throw new UnknownHostException(host + ": no such name");
        });
        Throwable first = catchThrowable(() -> cache.resolve("db.test", later()));
        Throwable second = catchThrowable(() -> cache.resolve("db.test", later()));

        assertThat(second).isNotSameAs(first).hasMessage("db.test: no such name");
        assertThat(second.getCause()).isSameAs(first.getCause());
        assertThat(second.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(getClass().getName()));
    }

    // Callers that give up

    @Test
    void aCallersDeadlinePassesWhileTheLookupGoesOnForTheNext() throws Exception {
        DnsCache cache = cache(this::slowly);
        assertThatThrownBy(() -> cache.resolve("db.test", soon())).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> cache.resolve("db.test", Deadline.at(System.nanoTime() - 1)))
                .isInstanceOf(TimeoutException.class);
        Asking patient = asking(cache, "db.test", later());
        waiting(1);
        answer.countDown();

        assertThat(patient.addresses()).containsExactly(ONE);
        assertThat(cache.resolve("db.test", Deadline.at(System.nanoTime() - 1)))
                .as("what is known needs no time")
                .containsExactly(ONE);
        assertThat(asked.get()).isEqualTo(1);
    }

    @Test
    void aDeadlineEndsTheWaitSoonAfter() throws Exception {
        DnsCache cache = cache(this::slowly);
        Await.within(Duration.ofMillis(50), () -> {
            long deadline = System.nanoTime() + 20_000_000;
            Await.Control control = Await.control(deadline);
            assertThatThrownBy(() -> cache.resolve("db.test", Deadline.at(deadline)))
                    .isInstanceOf(TimeoutException.class);
            return System.nanoTime() - deadline - control.late();
        });
    }

    @Test
    void theFirstCallersInterruptHarmsNoOther() throws Exception {
        DnsCache cache = cache(this::slowly);
        Asking first = asking(cache, "db.test", later());
        Await.until("it is asked", () -> asked.get() == 1);
        List<Asking> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(asking(cache, "db.test", later()));
        }
        waiting(1 + others.size());
        first.thread().interrupt();
        assertThat(first.failure()).isInstanceOf(InterruptedException.class);
        answer.countDown();

        for (Asking other : others) {
            assertThat(other.addresses()).containsExactly(ONE);
        }
        assertThat(asked.get()).isEqualTo(1);
    }

    @Test
    void aCallerThatGaveUpLeavesNoTimerBehind() throws Exception {
        DnsCache cache = cache(this::slowly);
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> cache.resolve("db.test", Deadline.after(Duration.ofNanos(1))))
                    .isInstanceOf(TimeoutException.class);
        }
        assertThat(watchdog.timers()).isZero();
    }

    // Bounds

    @Test
    void tenThousandNamesAreKeptAtMost() throws Exception {
        DnsCache cache = cache(host -> List.of(ONE));
        for (int i = 0; i < 12_000; i++) {
            cache.resolve("host" + i + ".test", later());
        }
        Await.until("there are not more names", () -> cache.counts().names() <= 10_000);
        assertThat(cache.counts().names()).isGreaterThan(9_000);
    }

    /** A resolver may be stuck for as long as it likes, and callers come and go. */
    @Test
    void aCallerThatGaveUpLeavesNoObjectBehind() throws Exception {
        DnsCache cache = cache(this::slowly);
        asking(cache, "db.test", later());
        waiting(1);
        long before = futures();
        List<Asking> callers = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            callers.add(asking(cache, "db.test", soon()));
        }
        for (Asking caller : callers) {
            assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        }
        callers.clear();
        assertThat(futures() - before).isLessThan(200);
    }

    /** So many are reachable; the JVM collects its garbage to count them. */
    private static long futures() throws Exception {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(columns -> columns.length > 3 && columns[3].startsWith(CompletableFuture.class.getName()))
                .mapToLong(columns -> Long.parseLong(columns[1]))
                .sum();
    }

    @Test
    void whenTooManyLookupsWaitTheNextOneFailsAtOnce() throws Exception {
        DnsCache cache = cache(this::slowly);
        int room = 8 + 1_024;
        List<Asking> callers = new ArrayList<>();
        for (int i = 0; i < room; i++) {
            callers.add(asking(cache, "host" + i + ".test", later()));
        }
        waiting(callers.size());
        assertThatThrownBy(() -> cache.resolve("one-too-many.test", later()))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("one-too-many.test")
                .hasMessageContaining("1024 lookups wait already");
        Await.until("each thread looks one up", () -> asked.get() == 8);
        answer.countDown();

        for (Asking caller : callers) {
            assertThat(caller.addresses()).containsExactly(ONE);
        }
        assertThat(cache.counts().lookups()).isEqualTo(room + 1);
        assertThat(cache.counts().failures()).isEqualTo(1);
    }

    @Test
    void aLookupThatAllCallersGaveUpBeforeItsTurnIsNotMade() throws Exception {
        Set<String> lookedUp = ConcurrentHashMap.newKeySet();
        DnsCache cache = cache(host -> {
            lookedUp.add(host);
            return slowly(host);
        });
        List<Asking> stuck = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            stuck.add(asking(cache, "stuck" + i + ".test", later()));
        }
        Await.until("all threads are busy", () -> lookedUp.size() == 8);
        assertThatThrownBy(() -> cache.resolve("given-up.test", Deadline.after(Duration.ofMillis(300))))
                .isInstanceOf(TimeoutException.class);
        Asking patient = asking(cache, "patient.test", later());
        waiting(9);
        answer.countDown();

        assertThat(patient.addresses()).containsExactly(ONE);
        for (Asking caller : stuck) {
            assertThat(caller.addresses()).containsExactly(ONE);
        }
        assertThat(lookedUp).hasSize(9).doesNotContain("given-up.test");
        assertThat(cache.resolve("given-up.test", later()))
                .as("who comes later asks afresh")
                .containsExactly(ONE);
    }

    @Test
    void lookupThreadsAreFewNamedDaemonsAndEndByThemselves() throws Exception {
        Set<String> names = ConcurrentHashMap.newKeySet();
        DnsCache cache = cache(host -> {
            Thread thread = Thread.currentThread();
            names.add(thread.getName());
            assertThat(thread.isVirtual()).isFalse();
            assertThat(thread.isDaemon()).isTrue();
            return List.of(ONE);
        });
        for (int i = 0; i < 100; i++) {
            cache.resolve("host" + i + ".test", later());
        }
        assertThat(names).hasSizeLessThanOrEqualTo(8).allMatch(name -> name.matches("plainweave-dns-[0-7]"));
        assertThat(lookupThreads()).isNotEmpty();
        for (Thread thread : lookupThreads()) {
            assertThat(thread.join(Duration.ofSeconds(10)))
                    .as("%s ends when idle", thread)
                    .isTrue();
        }
        assertThat(cache.resolve("later.test", later())).containsExactly(ONE);
    }

    // Counts and close

    @Test
    void itCountsHitsLookupsFailuresAndNames() throws Exception {
        DnsCache cache = cache(host -> {
            if (host.startsWith("bad")) {
                throw new UnknownHostException(host);
            }
            return List.of(ONE);
        });
        cache.resolve("a.test", later());
        cache.resolve("a.test", later());
        cache.resolve("a.test", later());
        cache.resolve("b.test", later());
        assertThat(catchThrowable(() -> cache.resolve("bad.test", later()))).isNotNull();
        assertThat(catchThrowable(() -> cache.resolve("bad.test", later()))).isNotNull();

        assertThat(cache.counts()).isEqualTo(new DnsCache.Counts(3, 3, 1, 3));
        assertThat(told).extracting(Answer::host).containsExactly("a.test", "b.test", "bad.test");
    }

    @Test
    void closeRefusesNewLookups() throws Exception {
        DnsCache cache = cache(host -> List.of(ONE));
        cache.resolve("a.test", later());
        cache.close();
        cache.close();
        assertThatThrownBy(() -> cache.resolve("a.test", later()))
                .as("of a name it knows")
                .isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> cache.resolve("b.test", later())).isInstanceOf(CancellationException.class);
    }

    /** Not only by themselves, five seconds later. */
    @Test
    void closeEndsItsThreadsAtOnce() throws Exception {
        Await.within(Duration.ofSeconds(2), () -> {
            DnsCache cache = cache(host -> List.of(ONE));
            cache.resolve("a.test", later());
            Set<Thread> threads = lookupThreads();
            assertThat(threads).isNotEmpty();
            long start = System.nanoTime();
            Await.Control control = Await.control(start);
            cache.close();
            for (Thread thread : threads) {
                Await.ended(thread);
            }
            return System.nanoTime() - start - control.late();
        });
    }

    /** The lookup itself goes on, as getaddrinfo does, which notices no interrupt; nobody waits for it. */
    @Test
    void closeSendsTheCallersOfALookupAway() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        DnsCache cache = cache(host -> {
            running.countDown();
            boolean let = false;
            while (!let) {
                try {
                    let = answer.await(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    // not noticed
                }
            }
            return List.of(ONE);
        });
        Asking first = asking(cache, "db.test", later());
        Asking second = asking(cache, "db.test", later());
        assertThat(running.await(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        waiting(2);
        cache.close();

        for (Asking caller : List.of(first, second)) {
            assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        }
        assertThat(answer.getCount()).as("the lookup still runs").isEqualTo(1);
        answer.countDown();
    }

    @Test
    void callersOnPlatformThreadsAreServedAlike() throws Exception {
        DnsCache cache = cache(this::slowly);
        FutureTask<List<InetAddress>> task = new FutureTask<>(() -> cache.resolve("db.test", later()));
        Thread thread = Thread.ofPlatform().daemon().start(task);
        waiting(1);
        answer.countDown();

        assertThat(task.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)).containsExactly(ONE);
        FutureTask<List<InetAddress>> late = new FutureTask<>(() -> cache(host -> {
                    throw new UnknownHostException(host);
                })
                .resolve("db.test", later()));
        Thread.ofPlatform().daemon().start(late);
        assertThatThrownBy(() -> late.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(UnknownHostException.class);
    }
}
