package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.Outcome.Done;
import plainweave.Outcome.Failed;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.codec.ByteReader;
import plainweave.codec.Codec;
import plainweave.codec.LinesCodec;
import plainweave.testing.EchoServer;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;
import plainweave.time.Await;

/** Calls for many items: their order, their count, how the source is slowed, and that nothing outlives them. */
class BulkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Script ECHO = FaultServer.script()
            .readLine()
            .replyWith(line -> (new String(line, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8))
            .repeat();
    private static final Script SILENT = FaultServer.script().readLine().stall();

    @RegisterExtension
    final AtRest atRest = new AtRest();

    private final WatchedLines lines = new WatchedLines();

    private static <T> Callers.InFlight<T> on(boolean virtual, Callable<T> job) {
        return virtual ? Callers.onVirtualThread(job) : Callers.onPlatformThread(job);
    }

    private Remote<String, String> remote(Client client, FaultServer server) {
        return client.remote(Endpoint.of(server.host(), server.port()), lines);
    }

    private static Stream<String> items(int count) {
        return IntStream.range(0, count).mapToObj(i -> "item " + i);
    }

    /** As a user reads it. */
    private static String told(Bulk.Item<String, String> item) {
        return item.index()
                + switch (item.outcome()) {
                    case Done<String>(String reply) -> "=" + reply;
                    case Failed<String>(CallException failure) ->
                        "!" + failure.getClass().getSimpleName();
                };
    }

    private static List<Bulk.Item<String, String>> all(Bulk<String, String> bulk) {
        List<Bulk.Item<String, String>> all = new ArrayList<>();
        bulk.forEach(all::add);
        return all;
    }

    /** An endless source that counts what was taken from it. */
    private static final class Endless implements Iterator<String> {
        final AtomicInteger taken = new AtomicInteger();

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public String next() {
            return "item " + taken.getAndIncrement();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "2, true", "7, false", "64, true", "64, false"})
    void everyItemComesOutOnceWithItsOwnReply(int concurrency, boolean virtual) throws Exception {
        int count = 5_000;
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(64));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), lines);
            Callers.InFlight<List<Long>> indexes = on(virtual, () -> {
                List<Long> seen = new ArrayList<>();
                try (Bulk<String, String> bulk = remote.bulk(concurrency).over(items(count))) {
                    for (Bulk.Item<String, String> item : bulk) {
                        assertThat(item.request()).isEqualTo("item " + item.index());
                        assertThat(item.outcome()).isEqualTo(new Done<>(item.request()));
                        seen.add(item.index());
                    }
                }
                lines.assertAllEnded();
                return seen;
            });
            List<Long> seen = indexes.await(Duration.ofMinutes(1));
            assertThat(seen).hasSize(count).doesNotHaveDuplicates();
            assertThat(client.stats().maxPermitsOut()).isLessThanOrEqualTo(concurrency);
            assertThat(lines.threads()).isLessThanOrEqualTo(concurrency);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "3, false", "64, true", "64, false"})
    void inOrderTheyComeInTheOrderOfTheSource(int concurrency, boolean virtual) throws Exception {
        int count = 5_000;
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(64));
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), lines);
            Callers.InFlight<Long> next = on(virtual, () -> {
                long expected = 0;
                try (Bulk<String, String> bulk =
                        remote.bulk(concurrency).inOrder().over(items(count).toList())) {
                    for (Bulk.Item<String, String> item : bulk) {
                        assertThat(item.index()).isEqualTo(expected++);
                        assertThat(item.outcome()).isEqualTo(new Done<>("item " + item.index()));
                    }
                }
                return expected;
            });
            assertThat(next.await(Duration.ofMinutes(1))).isEqualTo(count);
            lines.assertAllEnded();
        }
    }

    @Test
    void aSlowCallHoldsUpTheOthersOnlyInOrder() throws Exception {
        for (boolean inOrder : new boolean[] {false, true}) {
            FaultServer.Gate slow = FaultServer.gate();
            Script firstItemSlow = FaultServer.script().readLine().replyWith(line -> {
                if (!new String(line, StandardCharsets.UTF_8).equals("item 0")) {
                    return "ok\n".getBytes(StandardCharsets.UTF_8);
                }
                Callers.until("it may be answered", slow::isOpen);
                return "slow\n".getBytes(StandardCharsets.UTF_8);
            });
            try (FaultServer server = FaultServer.start(firstItemSlow.repeat())) {
                Client client = atRest.client();
                Endless source = new Endless();
                Bulk.Plan<String, String> plan = remote(client, server).bulk(4);
                try (Bulk<String, String> bulk = (inOrder ? plan.inOrder() : plan).over(first(source, 20))) {
                    Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                    if (inOrder) {
                        Callers.until("as many are taken as there is room for", () -> source.taken.get() == 8);
                        slow.open();
                        assertThat(told(items.next())).isEqualTo("0=slow");
                    } else {
                        for (int i = 0; i < 19; i++) {
                            assertThat(items.next().outcome()).isNotEqualTo(new Done<>("slow"));
                        }
                        slow.open();
                        assertThat(told(items.next())).endsWith("=slow");
                        assertThat(items.hasNext()).isFalse();
                    }
                }
            }
        }
    }

    private static Iterator<String> first(Iterator<String> source, int count) {
        return new Iterator<>() {
            private int left = count;

            @Override
            public boolean hasNext() {
                return left > 0;
            }

            @Override
            public String next() {
                left--;
                return source.next();
            }
        };
    }

    @Test
    void doneAndFailedTogetherAreAllItems() {
        Script picky = FaultServer.script().readLine().replyWith(line -> {
            String text = new String(line, StandardCharsets.UTF_8);
            if (text.endsWith("7")) {
                throw new IllegalStateException("the peer does not like it, and hangs up");
            }
            return (text + "\n").getBytes(StandardCharsets.UTF_8);
        });
        try (FaultServer server = FaultServer.start(picky.repeat())) {
            Remote<String, String> remote = remote(atRest.client(), server);
            List<Bulk.Progress> progress = new ArrayList<>();
            try (Bulk<String, String> bulk =
                    remote.bulk(8).onProgress(progress::add).over(items(200).toList())) {
                for (Bulk.Item<String, String> item : bulk) {
                    boolean liked = item.index() % 10 != 7;
                    assertThat(item.outcome()).isInstanceOf(liked ? Done.class : Failed.class);
                    if (item.outcome() instanceof Failed<String>(CallException failure)) {
                        assertThat(failure).isInstanceOf(ConnectionLostException.class);
                    }
                }
            }
            assertThat(progress).hasSize(200);
            for (int i = 0; i < 200; i++) {
                Bulk.Progress step = progress.get(i);
                assertThat(step.done() + step.failed()).isEqualTo(i + 1);
            }
            assertThat(progress.getLast()).isEqualTo(new Bulk.Progress(180, 20, OptionalLong.of(200)));
        }
    }

    @Test
    void theTotalIsToldWhereTheSourceKnowsIt() {
        try (FaultServer server = FaultServer.start(ECHO)) {
            List<Bulk.Progress> progress = new ArrayList<>();
            Bulk.Plan<String, String> plan =
                    remote(atRest.client(), server).bulk(1).onProgress(progress::add);
            List<String> one = List.of("x");
            List<Bulk<String, String>> known = List.of(plan.over(one), plan.over(one.stream()));
            List<Bulk<String, String>> unknown = List.of(
                    plan.over(one.iterator()),
                    plan.over(one::iterator),
                    plan.over(one.stream().filter(x -> true)));
            for (Bulk<String, String> bulk : known) {
                try (bulk) {
                    bulk.forEach(item -> {});
                }
                assertThat(progress.removeLast().total()).hasValue(1);
            }
            for (Bulk<String, String> bulk : unknown) {
                try (bulk) {
                    bulk.forEach(item -> {});
                }
                assertThat(progress.removeLast().total()).isEmpty();
            }
            assertThat(progress).isEmpty();
        }
    }

    @Test
    void aProgressCallbackThatThrowsIsLoggedOnceAndSurvived() {
        try (FaultServer server = FaultServer.start(ECHO);
                Logged logged = Logged.by(Bulk.class)) {
            AtomicInteger calls = new AtomicInteger();
            try (Bulk<String, String> bulk = remote(atRest.client(), server)
                    .bulk(4)
                    .onProgress(progress -> {
                        calls.incrementAndGet();
                        throw new AssertionError("an unlucky bar");
                    })
                    .over(items(50))) {
                assertThat(bulk).hasSize(50);
            }
            assertThat(calls).hasValue(50);
            assertThat(logged.with("progress callback threw")).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheSourceThrowsComesAfterTheOutcomesOfWhatWasTaken(boolean inHasNext) {
        FaultServer.Gate slow = FaultServer.gate();
        Script late = FaultServer.script().readLine().await(slow).reply("ok\n").repeat();
        try (FaultServer server = FaultServer.start(late)) {
            Endless source = new Endless();
            IllegalStateException thrown = new IllegalStateException("the file ended in the middle of a line");
            Iterator<String> breaking = new Iterator<>() {
                @Override
                public boolean hasNext() {
                    if (inHasNext && source.taken.get() == 10) {
                        slow.open();
                        throw thrown;
                    }
                    return true;
                }

                @Override
                public String next() {
                    if (source.taken.get() == 10) {
                        slow.open();
                        throw thrown;
                    }
                    return source.next();
                }
            };
            try (Bulk<String, String> bulk =
                    remote(atRest.client(), server).bulk(16).over(breaking)) {
                Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                for (int i = 0; i < 10; i++) {
                    assertThat(items.next().outcome()).isEqualTo(new Done<>("ok"));
                }
                assertThatThrownBy(items::hasNext).isSameAs(thrown);
                assertThatThrownBy(items::next).isSameAs(thrown);
            }
            lines.assertAllEnded();
        }
    }

    @Test
    void anItemThatIsNullIsTheSourcesFault() {
        try (FaultServer server = FaultServer.start(ECHO);
                Bulk<String, String> bulk =
                        remote(atRest.client(), server).bulk(2).over(Arrays.asList("x", null, "y"))) {
            Iterator<Bulk.Item<String, String>> items = bulk.iterator();
            assertThat(told(items.next())).isEqualTo("0=x");
            assertThatThrownBy(items::next)
                    .isInstanceOf(NullPointerException.class)
                    .hasMessageContaining("item");
        }
    }

    @Test
    void anErrorOfACallCancelsTheOthersAndReachesTheConsumer() throws Exception {
        FaultServer.Gate others = FaultServer.gate();
        Script script = FaultServer.script().readLine().stall();
        try (FaultServer server = FaultServer.start(script)) {
            Iterator<String> source = Stream.concat(Stream.of("a", "b"), Stream.generate(() -> {
                        Callers.until("the others run", others::isOpen);
                        return WatchedLines.ERROR;
                    }))
                    .iterator();
            Client client = atRest.client();
            try (Bulk<String, String> bulk = remote(client, server).bulk(4).over(source)) {
                Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                server.awaitRequests(2, PATIENCE);
                others.open();
                List<String> told = new ArrayList<>();
                assertThatThrownBy(() -> items.forEachRemaining(item -> told.add(told(item))))
                        .isInstanceOf(StackOverflowError.class);
                assertThat(told).contains("0!CancelledException", "1!CancelledException");
            }
            lines.assertAllEnded();
        }
    }

    @Test
    void aCodecThatLeavesTheInterruptFlagSetCostsNoOtherItem() {
        Codec<String, String> interrupting = new LinesCodec() {
            @Override
            public String read(String request, ByteReader in) throws java.io.IOException {
                String reply = LinesCodec.super.read(request, in);
                Thread.currentThread().interrupt();
                return reply;
            }
        };
        try (EchoServer server = EchoServer.start()) {
            Remote<String, String> remote =
                    atRest.client().remote(Endpoint.of(server.host(), server.port()), interrupting);
            try (Bulk<String, String> bulk = remote.bulk(2).over(items(20))) {
                assertThat(all(bulk)).hasSize(20).allMatch(item -> item.outcome() instanceof Done);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndlessSourceIsClosedEarlyAndNothingIsLeft(boolean virtual) throws Exception {
        AtomicBoolean streamClosed = new AtomicBoolean();
        Script first = FaultServer.script().readLine().reply("ok\n");
        try (FaultServer server = FaultServer.start(first.run(SILENT).then(SILENT))) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(4));
            AtomicLong taken = new AtomicLong();
            Stream<String> endless = LongStream.iterate(0, i -> i + 1)
                    .mapToObj(i -> {
                        taken.set(i + 1);
                        return "item " + i;
                    })
                    .onClose(() -> streamClosed.set(true));
            Callers.InFlight<Long> takenAtClose = on(virtual, () -> {
                try (Bulk<String, String> bulk = remote(client, server).bulk(8).over(endless)) {
                    for (Bulk.Item<String, String> item : bulk) {
                        assertThat(item.outcome()).isEqualTo(new Done<>("ok"));
                        break;
                    }
                }
                lines.assertAllEnded();
                assertThat(client.stats().permitsOut()).isZero();
                assertThat(client.stats().waiting()).isZero();
                assertThat(streamClosed).isTrue();
                return taken.get();
            });
            assertThat(takenAtClose.await()).isLessThanOrEqualTo(1 + 2 * 8).isEqualTo(taken.get());
            assertThat(client.stats().connectionsInUse()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSlowConsumerSlowsTheSource(boolean inOrder) {
        int concurrency = 4;
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            Endless source = new Endless();
            Bulk.Plan<String, String> plan = remote(client, server).bulk(concurrency);
            try (Bulk<String, String> bulk = (inOrder ? plan.inOrder() : plan).over(source)) {
                assertThat(source.taken).hasValue(0);
                Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                for (int consumed = 0; consumed < 100; consumed++) {
                    int room = consumed + 2 * concurrency;
                    Callers.until("all of the room is used", () -> source.taken.get() == room);
                    assertThat(lines.threads()).isLessThanOrEqualTo(concurrency);
                    items.next();
                }
                // All that is taken is answered, so nobody calls and nobody will: what was taken is final.
                Callers.until("all is answered", () -> server.requests() == 100 + 2 * concurrency);
                assertThat(source.taken).hasValue(100 + 2 * concurrency);
            }
        }
    }

    @Test
    void aSlowSourceHoldsUpNoOutcome() throws Exception {
        CountDownLatch more = new CountDownLatch(1);
        Iterator<String> slow = Stream.concat(
                        items(3),
                        Stream.of("late").peek(late -> Callers.until("more may come", () -> more.getCount() == 0)))
                .iterator();
        try (FaultServer server = FaultServer.start(ECHO);
                Bulk<String, String> bulk =
                        remote(atRest.client(), server).bulk(2).over(slow)) {
            Iterator<Bulk.Item<String, String>> items = bulk.iterator();
            for (int i = 0; i < 3; i++) {
                assertThat(items.next().outcome()).isInstanceOf(Done.class);
            }
            more.countDown();
            assertThat(told(items.next())).isEqualTo("3=late");
            assertThat(items.hasNext()).isFalse();
            assertThatThrownBy(items::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Test
    void noMoreThreadsAreStartedThanThereAreItems() {
        try (FaultServer server = FaultServer.start(ECHO)) {
            try (Bulk<String, String> bulk =
                    remote(atRest.client(), server).bulk(64).over(List.of("a", "b", "c"))) {
                assertThat(bulk).hasSize(3);
            }
            assertThat(lines.threads()).isLessThanOrEqualTo(3);
            lines.assertAllEnded();
            try (Bulk<String, String> none =
                    remote(atRest.client(), server).bulk(64).over(List.<String>of())) {
                assertThat(none).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedConsumerCancelsAllAndKeepsItsFlag(boolean virtual) throws Exception {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> flag = on(virtual, () -> {
                try (Bulk<String, String> bulk = remote(client, server).bulk(3).over(items(100))) {
                    Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                    CancelledException thrown = catchThrowableOfType(CancelledException.class, items::hasNext);
                    assertThat(thrown).hasMessageContaining("interrupted").hasMessageContaining("bulk");
                    boolean interrupted = Thread.interrupted();
                    List<String> rest = new ArrayList<>();
                    items.forEachRemaining(item -> rest.add(told(item)));
                    assertThat(rest)
                            .containsExactlyInAnyOrder(
                                    "0!CancelledException", "1!CancelledException", "2!CancelledException");
                    return interrupted;
                } finally {
                    lines.assertAllEnded();
                }
            });
            server.awaitRequests(3, PATIENCE);
            flag.interrupt();
            assertThat(flag.await()).as("the interrupt flag").isTrue();
            server.awaitOpen(0, PATIENCE);
        }
    }

    @Test
    void aConsumerThatNeverWaitsNoticesItsInterruptToo() throws Exception {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Client client = atRest.client();
            Callers.InFlight<Boolean> flag = Callers.onVirtualThread(() -> {
                try (Bulk<String, String> bulk = remote(client, server).bulk(2).over(new Endless())) {
                    Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                    items.next();
                    Callers.until("more are ready", () -> server.requests() == 5);
                    Thread.currentThread().interrupt();
                    assertThatThrownBy(items::next).isInstanceOf(CancelledException.class);
                }
                return Thread.interrupted();
            });
            assertThat(flag.await()).as("the interrupt flag").isTrue();
        }
    }

    @Test
    void anotherThreadsCloseEndsTheWait() throws Exception {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            Bulk<String, String> bulk = remote(client, server).bulk(3).over(items(100));
            Callers.InFlight<Boolean> waiting = Callers.onVirtualThread(() -> {
                Iterator<Bulk.Item<String, String>> items = bulk.iterator();
                assertThatThrownBy(items::hasNext)
                        .isInstanceOf(CancelledException.class)
                        .hasMessageContaining("closed");
                assertThatThrownBy(items::hasNext).isInstanceOf(IllegalStateException.class);
                return Thread.currentThread().isInterrupted();
            });
            server.awaitRequests(3, PATIENCE);
            Await.parked(waiting.thread());
            bulk.close();
            bulk.close();
            assertThat(waiting.await()).as("the interrupt flag").isFalse();
            lines.assertAllEnded();
        }
    }

    @Test
    void whenTheClientIsClosedEveryItemIsStillAccountedFor() throws Exception {
        try (FaultServer server = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            Callers.InFlight<List<Bulk.Item<String, String>>> outcomes = Callers.onVirtualThread(() -> {
                try (Bulk<String, String> bulk = remote(client, server).bulk(2).over(items(20))) {
                    return all(bulk);
                }
            });
            server.awaitRequests(2, PATIENCE);
            client.close();
            assertThat(outcomes.await()).hasSize(20).allMatch(item -> item.outcome() instanceof Failed);
            lines.assertAllEnded();
        }
    }

    @Test
    void itIsIteratedOnceAndNotAfterClose() {
        try (FaultServer server = FaultServer.start(ECHO)) {
            Remote<String, String> remote = remote(atRest.client(), server);
            Bulk<String, String> bulk = remote.bulk(1).over(List.of("x"));
            assertThat(bulk).hasSize(1);
            assertThatThrownBy(bulk::iterator)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("only once");
            bulk.close();
            AtomicBoolean streamClosed = new AtomicBoolean();
            Bulk<String, String> unused = remote.bulk(1).over(Stream.of("y").onClose(() -> streamClosed.set(true)));
            unused.close();
            assertThat(streamClosed).isTrue();
            assertThatThrownBy(unused::iterator)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThat(server.requests()).isEqualTo(1);
        }
    }

    @Test
    void aTimeLimitCountsForEachCallAndADeadlineForAll() {
        Script slow = FaultServer.script()
                .readLine()
                .pause(Duration.ofMillis(100))
                .reply("ok\n")
                .repeat();
        try (FaultServer server = FaultServer.start(slow);
                FaultServer silent = FaultServer.start(SILENT)) {
            Client client = atRest.client();
            try (Bulk<String, String> bulk =
                    remote(client, server).within(Duration.ofSeconds(1)).bulk(1).over(items(12))) {
                assertThat(all(bulk)).hasSize(12).allMatch(item -> item.outcome() instanceof Done);
            }
            Deadline deadline = Deadline.after(Duration.ofMillis(100));
            try (Bulk<String, String> bulk =
                    remote(client, silent).until(deadline).bulk(2).over(items(50))) {
                assertThat(all(bulk))
                        .hasSize(50)
                        .allMatch(item -> item.outcome() instanceof Failed<String>(CallException failure)
                                && failure instanceof DeadlineExceededException);
            }
            assertThat(silent.requests()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void anUrgentCallGoesBeforeTheNextItemWhileABulkFillsAllPermits() throws Exception {
        FaultServer.Gate answer = FaultServer.gate();
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        Script first = FaultServer.script().readLine().await(answer).reply("ok\n");
        Script noting = FaultServer.script()
                .readLine()
                .replyWith(line -> {
                    seen.add(new String(line, StandardCharsets.UTF_8));
                    return "ok\n".getBytes(StandardCharsets.UTF_8);
                })
                .repeat();
        try (FaultServer server = FaultServer.start(first.run(noting))) {
            Client client = atRest.client(ClientOptions.builder().permitsPerEndpoint(1));
            Remote<String, String> remote = remote(client, server);
            Callers.InFlight<Integer> bulk = Callers.onVirtualThread(() -> {
                int done = 0;
                try (Bulk<String, String> items =
                        remote.with(Priority.BACKGROUND).bulk(8).over(items(100))) {
                    for (Bulk.Item<String, String> item : items) {
                        done += item.outcome() instanceof Done ? 1 : 0;
                    }
                }
                return done;
            });
            Callers.until("the others wait", () -> client.stats().waiting() == 7);
            Callers.InFlight<String> urgent =
                    Callers.onVirtualThread(() -> remote.with(Priority.URGENT).call("urgent"));
            Callers.until("it waits too", () -> client.stats().waiting() == 8);
            answer.open();
            assertThat(urgent.await()).isEqualTo("ok");
            assertThat(seen.peek()).isEqualTo("urgent");
            assertThat(bulk.await()).isEqualTo(100);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 25})
    void aConcurrencyThatCannotBeIsRefused(int concurrency) {
        Client client =
                atRest.client(ClientOptions.builder().permitsPerEndpoint(8).queuePerEndpoint(16));
        Remote<String, String> remote = client.remote(Endpoint.of("localhost", 7), lines);
        assertThatThrownBy(() -> remote.bulk(concurrency))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bulk " + concurrency
                        + " is not in 1 to 24, which is permitsPerEndpoint 8 + queuePerEndpoint 16");
        assertThat(remote.bulk(24)).isNotNull();
    }
}
