package plainweave.connection;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import plainweave.Interleavings;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codecs;
import plainweave.schedule.Permit;
import plainweave.schedule.PrioritySemaphore;
import plainweave.time.Watchdog;

/**
 * What callers, writer, reader and watchdog of a shared connection do to one exchange and to the outbox, under every interleaving that
 * Lincheck's model checker reaches in seconds: the caller is told once, and the permit comes back once. {@code
 * -Dlincheck.invocations=1000} tries ten times as many.
 */
class SharedExchangeLincheckTest {
    private static final Watchdog WATCHDOG = new Watchdog("lincheck-watchdog");
    private static final PrioritySemaphore.Settings ONE_PERMIT = new PrioritySemaphore.Settings(1, 1, 0, 0);
    private static final Deadline FAR = Deadline.at(Long.MAX_VALUE / 2);
    private static final long NEAR = FAR.nanoTime() / 2;
    private static final Route ROUTE = new Route(Endpoint.of("a", 1), "s");
    private static final IOException WHY = new IOException("it has ended");

    private static final String[] BESIDE_IT = {PrioritySemaphore.class.getName(), ByteWriter.class.getName()};

    @AfterAll
    static void end() {
        WATCHDOG.close();
    }

    private static InFlight<String, String> exchange(Permit permit) {
        return exchange(permit, NEAR);
    }

    private static InFlight<String, String> exchange(Permit permit, long deadline) {
        return new InFlight<>(Codecs.lines(), "word", 0, ByteWriter.inMemory(1), permit, deadline);
    }

    /** One exchange, its permit lent, and what became of both. */
    public abstract static class OneExchange {
        final PrioritySemaphore semaphore = new PrioritySemaphore(ONE_PERMIT, WATCHDOG);
        final Permit permit;

        OneExchange() {
            try {
                permit = semaphore.acquire(ROUTE, Priority.NORMAL, false, FAR, 0);
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError("it is free", e);
            }
            permit.lend();
        }

        static void check(InFlight<String, String> exchange) {
            int ways = (exchange.isTooLate() ? 1 : 0) + (exchange.isNotSent() ? 1 : 0);
            if (!exchange.isTold() || ways > 1) {
                throw new AssertionError("the caller was not told what became of its exchange");
            }
            if (ways == 0 && exchange.failure() == null && !exchange.takeReply().equals("word")) {
                throw new AssertionError("the caller was told something else");
            }
        }

        /** Once all have played. */
        void checkAll() {}

        @Validate
        public void theCallerWasToldAndThePermitIsBack() {
            checkAll();
            permit.close(); // as its caller does whatever happened
            PrioritySemaphore.Counts counts = semaphore.counts();
            if (counts.out() != 0) {
                throw new AssertionError("left behind: " + counts);
            }
            semaphore.close();
        }
    }

    /** The reply comes when the deadline passes. */
    public static class AtTheLastMoment extends OneExchange {
        private final InFlight<String, String> exchange = exchange(permit);

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) {
            switch (thread % 3) {
                case 0 -> {
                    if (exchange.send(1)) {
                        exchange.answered("word", 5);
                    } else {
                        exchange.dropped();
                    }
                }
                case 1 -> exchange.expire();
                default -> permit.close();
            }
        }

        @Override
        void checkAll() {
            check(exchange);
        }
    }

    /** The connection ends before anything was sent, when the deadline passes. */
    public static class Unsent extends OneExchange {
        private final InFlight<String, String> exchange = exchange(permit);

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) {
            switch (thread % 3) {
                case 0 -> {
                    if (exchange.send(1)) {
                        exchange.unsend();
                    }
                    exchange.lost(WHY);
                }
                case 1 -> exchange.expire();
                default -> permit.close();
            }
        }

        @Override
        void checkAll() {
            check(exchange);
        }
    }

    /** The reply comes while the writer finds that it has sent nothing. */
    public static class AnsweredUnsent extends OneExchange {
        private final InFlight<String, String> exchange = exchange(permit);

        public AnsweredUnsent() {
            exchange.send(1);
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) {
            switch (thread % 3) {
                case 0 -> exchange.unsend();
                case 1 -> exchange.answered("word", 5);
                default -> permit.close();
            }
        }

        @Override
        void checkAll() {
            check(exchange);
        }
    }

    /** Two come and go on a connection of two places while it is given up. */
    public static class GivenUp implements SharedConnection.Owner {
        private final AtomicInteger idle = new AtomicInteger(1);
        private final AtomicInteger over = new AtomicInteger();
        private final AtomicInteger inside = new AtomicInteger();
        private final Places places = new Places(2, this);

        @Override
        public void idle() {
            idle.incrementAndGet();
        }

        @Override
        public void busy() {
            idle.decrementAndGet();
        }

        @Override
        public void ended() {}

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) {
            if (thread % 3 == 2) {
                if (places.shutIfFree() || places.shut()) {
                    isOver();
                }
            } else if (places.take()) {
                inside.incrementAndGet();
                inside.decrementAndGet();
                if (places.leave()) {
                    isOver();
                }
            }
        }

        private void isOver() {
            over.incrementAndGet();
            if (inside.get() != 0) {
                throw new AssertionError("it was over while somebody was in");
            }
        }

        @Validate
        public void oneHeardThatItWasOverAndTheOwnerCountsNothingIdle() {
            if (over.get() != 1 || idle.get() != 0 || places.areOpen() || places.taken() != 0) {
                throw new AssertionError("over for " + over + ", idle " + idle + ", taken " + places.taken());
            }
        }
    }

    /** A caller comes while the connection ends. */
    public static class AtTheEnd extends OneExchange {
        private final Outbox outbox = new Outbox(deadline -> {});
        private final List<InFlight<?, ?>> unanswered = new ArrayList<>();
        private final AtomicInteger running = new AtomicInteger(2);

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) throws InterruptedException {
            switch (thread % 3) {
                case 0 -> {
                    InFlight<String, String> mine = exchange(permit);
                    if (outbox.add(mine)) {
                        mine.await();
                        check(mine);
                    } else {
                        permit.takeBack();
                    }
                }
                case 1 -> {
                    ArrayDeque<InFlight<?, ?>> none = new ArrayDeque<>();
                    while (outbox.await(() -> {})) {
                        for (InFlight<?, ?> taken : outbox.take(none)) {
                            if (taken.send(1)) {
                                unanswered.add(taken);
                            } else {
                                taken.dropped();
                            }
                        }
                        none = new ArrayDeque<>();
                    }
                    stopped();
                }
                default -> {
                    outbox.close();
                    stopped();
                }
            }
        }

        private void stopped() {
            if (running.decrementAndGet() == 0) {
                unanswered.forEach(exchange -> exchange.lost(WHY));
                outbox.leftBehind().forEach(exchange -> exchange.lost(WHY));
            }
        }
    }

    /** A caller comes when the timer goes off for somebody before it and the writer takes what there is. */
    public static class WhenTheTimerGoesOff extends OneExchange {
        private final AtomicBoolean armed = new AtomicBoolean();
        private final Outbox outbox = new Outbox(deadline -> armed.set(true));
        private final InFlight<String, String> exchange = exchange(permit);

        public WhenTheTimerGoesOff() {
            outbox.add(exchange(permit, NEAR - 1));
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) {
            switch (thread % 3) {
                case 0 -> outbox.add(exchange);
                case 1 -> {
                    armed.set(false);
                    outbox.expire(NEAR - 1);
                }
                default -> outbox.take(new ArrayDeque<>());
            }
        }

        @Override
        void checkAll() {
            if (!armed.get()) {
                throw new AssertionError("nothing would tell this caller that its deadline has passed");
            }
            outbox.expire(NEAR);
            if (!exchange.isTooLate()) {
                throw new AssertionError("its deadline has passed, and it was not told");
            }
            exchange.dropped();
        }
    }

    /** The watchdog looks for the oldest while one is sent and then the one before is answered. */
    public static class NeverEmpty extends OneExchange {
        private final InFlight<String, String> first = exchange(permit);
        private final InFlight<String, String> second = exchange(permit);
        private final Chain chain = new Chain();

        public NeverEmpty() {
            chain.add(first);
        }

        @Operation
        public void play(@Param(gen = ThreadIdGen.class) int thread) {
            switch (thread % 3) {
                case 0 -> chain.add(second);
                case 1 -> {
                    if (chain.all().size() == 2) {
                        chain.removeFirst();
                    }
                }
                default -> {
                    InFlight<?, ?> oldest = chain.oldest();
                    if (oldest != first && oldest != second) {
                        throw new AssertionError("none was found, and there was always one");
                    }
                }
            }
        }

        @Override
        void checkAll() {
            if (!chain.all().contains(second)) {
                throw new AssertionError("what was sent is not among those that have no reply");
            }
            permit.giveBack(true);
        }
    }

    @Test
    void aReplyAndADeadlineTellTheCallerOnceAndThePermitComesBackOnce() {
        Interleavings.playThrough(AtTheLastMoment.class, BESIDE_IT);
    }

    @Test
    void whatWasNotSentIsTheCallersAgainUnlessItHasLeft() {
        Interleavings.playThrough(Unsent.class, BESIDE_IT);
    }

    @Test
    void aReplyToWhatSeemedUnsentTellsTheCallerOnceAndThePermitComesBackOnce() {
        Interleavings.playThrough(AnsweredUnsent.class, BESIDE_IT);
    }

    @Test
    void exactlyOneEndsAConnectionThatIsGivenUpWhileOthersComeAndGo() {
        Interleavings.playThrough(GivenUp.class, BESIDE_IT);
    }

    @Test
    void aDeadlineIsWatchedWheneverItsCallerComes() {
        Interleavings.playThrough(WhenTheTimerGoesOff.class, BESIDE_IT);
    }

    @Test
    void theOldestIsFoundWhileOthersAreSentAndAnswered() {
        Interleavings.playThrough(NeverEmpty.class, BESIDE_IT);
    }

    @Test
    void whoComesWhileTheConnectionEndsIsRefusedOrTold() {
        Interleavings.playThrough(AtTheEnd.class, BESIDE_IT);
    }
}
