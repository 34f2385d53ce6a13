package plainweave.net;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import plainweave.call.Attempt;
import plainweave.call.Deadline;
import plainweave.call.Phase;
import plainweave.time.Watchdog;

/**
 * Connects to whichever of a name's addresses answers first (RFC 8305, section 5). The caller tries them in order, each as soon as the
 * one before has failed; if one takes longer than the stagger, the next is tried beside it on a thread of its own.
 *
 * <p>What must always hold: every transport that is opened here is either the one returned, or closed by the thread that opened it,
 * at the latest when the limit has passed; the race is over when one has won, or all have failed, or the caller leaves.
 */
final class Race {
    /** The "Connection Attempt Delay" that RFC 8305, section 8, recommends. */
    static final Duration STAGGER = Duration.ofMillis(250);

    private static final int NONE = -1;

    interface Opener {
        /** A transport to this address, not connected yet. */
        Transport open(SocketAddress address) throws IOException;
    }

    private final List<? extends SocketAddress> addresses;
    private final Deadline limit;
    private final Opener opener;
    private final AddressOrder order;
    private final long staggerNanos;

    /** Null where there is nobody to race. */
    private final Watchdog.@Nullable Timer stagger;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All under the lock.
    private final SortedMap<Integer, Attempt> failed = new TreeMap<>();
    private final Set<Transport> connecting = new HashSet<>();
    private int next;
    private int trying;
    private boolean over;
    private boolean leftThisMachine;
    private @Nullable Transport winner;
    private @Nullable CutException closed;

    Race(
            List<? extends SocketAddress> addresses,
            Deadline limit,
            Opener opener,
            AddressOrder order,
            Watchdog watchdog,
            Duration stagger) {
        this.addresses = addresses;
        this.limit = limit;
        this.opener = opener;
        this.order = order;
        this.staggerNanos = stagger.toNanos();
        this.stagger = addresses.size() > 1 ? watchdog.timer(this::startAnother) : null;
    }

    /**
     * The connected transport, disarmed.
     *
     * @throws DialException if none could be reached within the limit; lists every try
     * @throws CutException if the client was closed, or who asked wants it no more
     * @throws ClosedByInterruptException if the caller is or gets interrupted while it connects; its flag is set
     * @throws InterruptedException if it gets interrupted while it waits for the others; its flag is cleared
     */
    Transport run() throws IOException, InterruptedException {
        boolean toTheEnd = false;
        try {
            do {
                compete();
            } while (!isDecided());
            toTheEnd = true;
        } finally {
            leave();
            if (!toTheEnd && winner != null) {
                winner.cut(CutException.Reason.LOST_RACE); // it won while its caller was interrupted
                winner.close();
            }
        }
        if (winner != null) {
            return winner;
        }
        throw closed != null ? closed : new DialException(List.copyOf(failed.values()), !leftThisMachine);
    }

    /** Run by the watchdog. */
    private void startAnother() {
        Thread.ofVirtual().name("plainweave-race").start(() -> {
            try {
                compete();
            } catch (ClosedByInterruptException e) {
                // nobody has this thread to interrupt it
            }
        });
    }

    /** Tries one address after the other until none is left or the race is over. */
    private void compete() throws ClosedByInterruptException {
        while (true) {
            long start = System.nanoTime();
            int which = begin(start);
            if (which == NONE) {
                return;
            }
            SocketAddress address = addresses.get(which);
            Transport transport = null;
            try {
                transport = opener.open(address);
                enter(transport);
                transport.connect(limit);
                end(which, transport, null);
            } catch (ClosedByInterruptException | Error e) {
                end(which, transport, attempt(address, start, e));
                throw e;
            } catch (IOException | RuntimeException e) { // the latter for an address of a family that cannot be used
                boolean local = transport == null || e instanceof BindException; // as for want of a port
                if (!local) {
                    left();
                    if (saysSomething(e, start, staggerNanos)) {
                        order.failed(address);
                    }
                }
                end(which, transport, attempt(address, start, e));
            }
        }
    }

    private void left() {
        lock.lock();
        try {
            leftThisMachine = true;
        } finally {
            lock.unlock();
        }
    }

    /** An impatient caller's deadline says nothing about an address. */
    static boolean saysSomething(Throwable failure, long start, long patience) {
        return !(failure instanceof CutException) || System.nanoTime() - start >= patience;
    }

    /** The addresses that may still be worth a try where the winner was no good: all but that one and those that failed. */
    List<? extends SocketAddress> others() {
        lock.lock();
        try {
            List<SocketAddress> others = new ArrayList<>();
            for (int i = 0; i < addresses.size(); i++) {
                Attempt failure = failed.get(i);
                boolean won = winner != null && winner.peer().equals(addresses.get(i));
                if (!won && (failure == null || onlyLost(failure))) {
                    others.add(addresses.get(i));
                }
            }
            return others;
        } finally {
            lock.unlock();
        }
    }

    /** How many addresses were tried so far. */
    int tried() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** What was tried in vain so far, in order. */
    List<Attempt> failures() {
        lock.lock();
        try {
            return failed.values().stream()
                    .filter(attempt -> !onlyLost(attempt))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private static boolean onlyLost(Attempt attempt) {
        return attempt.cause() instanceof CutException cut && cut.reason() == CutException.Reason.LOST_RACE;
    }

    /** The index of the address to try from this instant on, or {@link #NONE}. */
    private int begin(long start) {
        lock.lock();
        try {
            if (over || next == addresses.size() || next > 0 && limit.expired()) {
                return NONE;
            }
            trying++;
            int which = next++;
            if (stagger != null && next < addresses.size()) {
                stagger.rearm(start + staggerNanos);
            }
            return which;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody wants a connection any more. */
    private static boolean isMeantForAll(CutException cut) {
        return cut.reason() == CutException.Reason.CLIENT_CLOSED || cut.reason() == CutException.Reason.LEASE_CLOSED;
    }

    private void enter(Transport transport) {
        boolean late;
        lock.lock();
        try {
            connecting.add(transport);
            late = over;
        } finally {
            lock.unlock();
        }
        if (late) {
            transport.cut(CutException.Reason.LOST_RACE);
        }
    }

    /** An attempt is over: with a failure, else it is connected, and has won if it is the first. */
    private void end(int which, @Nullable Transport transport, @Nullable Attempt failure) {
        boolean won = false;
        List<Transport> losers = List.of();
        lock.lock();
        try {
            trying--;
            connecting.remove(transport);
            if (failure != null) {
                failed.put(which, failure);
                if (failure.cause() instanceof CutException cut && isMeantForAll(cut)) {
                    closed = cut;
                    over = true;
                }
            } else if (!over) {
                won = true;
                over = true;
                winner = transport;
            }
            if (over) {
                losers = List.copyOf(connecting);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        losers.forEach(loser -> loser.cut(CutException.Reason.LOST_RACE));
        if (transport != null && won) {
            order.succeeded(transport.peer());
        } else if (transport != null) {
            transport.cut(CutException.Reason.LOST_RACE);
            transport.close();
        }
    }

    /** Waits until the race is over or nobody runs any more; false if somebody should. */
    private boolean isDecided() throws InterruptedException {
        lock.lock();
        try {
            while (!over && trying > 0) {
                changed.await();
            }
            return over || next == addresses.size() || limit.expired();
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        if (stagger != null) {
            stagger.close();
        }
        List<Transport> losers;
        lock.lock();
        try {
            over = true;
            losers = List.copyOf(connecting);
        } finally {
            lock.unlock();
        }
        losers.forEach(loser -> loser.cut(CutException.Reason.LOST_RACE));
    }

    private static Attempt attempt(SocketAddress address, long start, Throwable cause) {
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        return new Attempt(Transport.inWords(address), Phase.CONNECT, took, cause);
    }
}
