package plainweave.testing;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * How much a scripted server can do: so many requests side by side, each for so long; all others wait in the order they
 * came. For tests of overload, by {@link Script#serve(Capacity)}.
 *
 * {@snippet lang = java:
 * Capacity capacity = Capacity.of(4, Duration.ofMillis(10)).queue(100); // 400 requests a second
 * Script busy = FaultServer.script().reply("-BUSY\n");
 * Script ok = FaultServer.script().reply("+OK\n");
 * FaultServer server = FaultServer.start(FaultServer.script().readLine().serve(capacity, ok, busy).repeat());
 * }
 *
 * <p>Its clock is that of the plan, not of the threads: a request that waited begins when its slot came free, however
 * late its thread wakes up, so that a busy machine does not lower the capacity. Each connection has one request in
 * service or in the line at a time; further ones wait in its receive buffer.
 *
 * <p>May be shared by connections and by servers. All methods may be called from any thread.
 */
public final class Capacity {

    /** What became of a request. */
    enum Outcome {
        SERVED,
        REFUSED,
        GONE
    }

    private static final Duration LONGEST_SERVICE = Duration.ofDays(1);

    private final int slots;
    private final Duration service;
    private final int maxQueue;
    private final boolean dropsGone;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Condition> line = new ArrayDeque<>();
    // When each slot is free again, or has been since; by difference, since nanoTime may be negative.
    private final Queue<Long> freeAt = new PriorityQueue<>((a, b) -> Long.signum(a - b));
    private int arrived;
    private int served;
    private int refused;
    private int dropped;

    private Capacity(int slots, Duration service, int maxQueue, boolean dropsGone) {
        this.slots = slots;
        this.service = service;
        this.maxQueue = maxQueue;
        this.dropsGone = dropsGone;
        freeAt.addAll(Collections.nCopies(slots, System.nanoTime()));
    }

    /**
     * A capacity whose line has no bound.
     *
     * @param slots how many requests are served side by side, 1 to 10,000
     * @param service how long each of them takes, 0 to 1 day
     * @throws IllegalArgumentException for any others
     */
    public static Capacity of(int slots, Duration service) {
        if (slots < 1 || slots > 10_000) {
            throw new IllegalArgumentException("slots: " + slots);
        }
        if (service.isNegative() || service.compareTo(LONGEST_SERVICE) > 0) {
            throw new IllegalArgumentException("service: " + service);
        }
        return new Capacity(slots, service, Integer.MAX_VALUE, false);
    }

    /**
     * A new capacity that refuses a request which finds {@code most} others waiting and no slot free.
     *
     * @throws IllegalArgumentException if {@code most} is negative
     */
    public Capacity queue(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("queue: " + most);
        }
        return new Capacity(slots, service, most, dropsGone);
    }

    /**
     * A new capacity that spends no time on a request whose client has gone, or has closed its sending side, before its
     * turn came. It cannot tell under TLS.
     */
    public Capacity droppingGone() {
        return new Capacity(slots, service, maxQueue, true);
    }

    /** How many requests wait for a slot. */
    public int waiting() {
        return look(line::size);
    }

    /** How many requests were served to their end. */
    public int served() {
        return look(() -> served);
    }

    /** How many requests were refused because the line was full. */
    public int refused() {
        return look(() -> refused);
    }

    /** How many requests were dropped because their client had gone. */
    public int dropped() {
        return look(() -> dropped);
    }

    /**
     * Waits until at least {@code count} requests came so far, whatever became of them.
     *
     * @throws AssertionError if that is not so within {@code within}; it shows the counts
     */
    public void awaitArrived(int count, Duration within) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.convert(within);
        lock.lockInterruptibly();
        try {
            while (arrived < count) {
                if (left <= 0) {
                    throw new AssertionError("not " + count + " requests within " + within + ", but " + arrived
                            + ": waiting " + line.size() + ", served " + served + ", refused " + refused
                            + ", dropped " + dropped);
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    Outcome serve(Peer peer) throws InterruptedException {
        long now = System.nanoTime();
        lock.lockInterruptibly();
        long free;
        try {
            arrived++;
            changed.signalAll();
            if (line.size() >= maxQueue && !(line.isEmpty() && isFree(now))) {
                refused++;
                return Outcome.REFUSED;
            }
            free = awaitTurn();
        } finally {
            lock.unlock();
        }
        if (dropsGone && peer.isGone()) {
            occupy(free, () -> dropped++);
            return Outcome.GONE;
        }
        long end = (free - now > 0 ? free : now) + service.toNanos();
        occupy(end, () -> 0);
        TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
        look(() -> served++);
        return Outcome.SERVED;
    }

    private boolean isFree(long now) {
        Long first = freeAt.peek();
        return first != null && first - now <= 0;
    }

    /** Takes a slot, and returns since when it is free. */
    private long awaitTurn() throws InterruptedException {
        Condition turn = lock.newCondition();
        line.add(turn);
        try {
            while (true) {
                Long first = turn.equals(line.peek()) ? freeAt.peek() : null;
                if (first == null) {
                    turn.await();
                    continue;
                }
                long left = first - System.nanoTime();
                if (left <= 0) {
                    freeAt.remove();
                    return first;
                }
                turn.awaitNanos(left);
            }
        } finally {
            line.remove(turn);
            wakeFirst();
        }
    }

    private void occupy(long until, IntSupplier count) {
        look(() -> {
            freeAt.add(until);
            wakeFirst();
            return count.getAsInt();
        });
    }

    private void wakeFirst() {
        Condition first = line.peek();
        if (first != null) {
            first.signal();
        }
    }

    private int look(IntSupplier at) {
        lock.lock();
        try {
            return at.getAsInt();
        } finally {
            lock.unlock();
        }
    }
}
