package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plainweave.time.Await;

/** On a clock of its own, with a peer that sends as told. */
class ReadAheadTest {
    private static final int KIB = 1024;
    private static final int FRAME = 64 * KIB;
    private static final int BUFFERS = ReadAheads.MOST_BYTES / ReadAheads.BYTES;

    private final ReadAheads buffers = new ReadAheads();

    /** Sends bytes that tell where they stand, at a rate, and never more at once than {@code window}. */
    private static final class Peer implements ReadableByteChannel {
        private final List<Long> waits = new ArrayList<>();
        private double bytesPerMicro;
        private int atLeast = 1;
        private long most = Long.MAX_VALUE;
        private int window = Integer.MAX_VALUE;
        private long now;
        private double waiting;
        private long taken;
        private int mostAtOnce;
        private int reads;
        private boolean open = true;

        static Peer at(double bytesPerMicro) {
            Peer peer = new Peer();
            peer.bytesPerMicro = bytesPerMicro;
            return peer;
        }

        long now() {
            return now;
        }

        void pass(long nanos) {
            now += nanos;
            waiting = Math.min(window, waiting + bytesPerMicro * nanos / 1_000);
        }

        void sleep(long nanos) {
            waits.add(nanos);
            pass(nanos);
        }

        static byte byteAt(long position) {
            return (byte) (position * 31 + (position >> 16));
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (!open) {
                throw new ClosedChannelException();
            }
            reads++;
            if (waiting < atLeast) {
                pass((long) Math.ceil((atLeast - waiting) / bytesPerMicro * 1_000));
            }
            if (taken == most) {
                return -1;
            }
            int n = (int) Math.min(Math.min(waiting, into.remaining()), most - taken);
            for (int i = 0; i < n; i++) {
                into.put(byteAt(taken + i));
            }
            waiting -= n;
            taken += n;
            mostAtOnce = Math.max(mostAtOnce, n);
            return n;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private ReadAhead over(Peer peer) {
        return new ReadAhead(peer, buffers, peer::now, peer::sleep);
    }

    /** Reads so much in frames, each byte of which is compared; a caller takes some time for each. */
    private static long read(ReadAhead stream, Peer peer, long from, long bytes, int frame) throws IOException {
        byte[] into = new byte[frame];
        long position = from;
        while (position < from + bytes) {
            int n = stream.read(into, 0, frame);
            for (int i = 0; i < n; i++) {
                if (into[i] != Peer.byteAt(position + i)) {
                    throw new AssertionError("another byte at " + (position + i));
                }
            }
            position += n;
            peer.pass(1_000);
        }
        return position;
    }

    /** Reads into a fast stream, until it has bytes left that were read ahead; where that is. */
    private static long readUntilSomeAreLeft(ReadAhead stream, Peer peer) throws IOException {
        long position = read(stream, peer, 0, 4 * Pace.STRETCH, FRAME);
        while (!stream.hasUnread()) {
            position = read(stream, peer, position, 1, 1);
        }
        return position;
    }

    private int free() {
        List<ByteBuffer> all = new ArrayList<>();
        for (ByteBuffer one = buffers.take(); one != null; one = buffers.take()) {
            all.add(one);
        }
        all.forEach(buffers::give);
        return all.size();
    }

    @Test
    void aFastStreamIsReadInLargePiecesAfterBytesHaveGathered() throws IOException {
        Peer peer = Peer.at(4_000);
        peer.atLeast = 27 * KIB;
        ReadAhead stream = over(peer);
        long position = read(stream, peer, 0, 4 * Pace.STRETCH, FRAME);
        int before = peer.reads;
        read(stream, peer, position, 64 * Pace.STRETCH, FRAME);
        assertThat(peer.reads - before).as("reads of 64 MiB").isLessThan(64 * 8);
        assertThat(peer.mostAtOnce).isGreaterThan(FRAME);
        assertThat(peer.waits).isNotEmpty().allMatch(nanos -> nanos > 0 && nanos <= Pace.FAST_NANOS / Pace.PART);
        assertThat(free()).isEqualTo(BUFFERS - 1);
        stream.close();
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void aStreamThatIsNotFastIsNeitherHeldUpNorReadBeyondWhatIsAskedFor() throws IOException {
        Peer peer = Peer.at(400);
        peer.atLeast = 100;
        ReadAhead stream = over(peer);
        read(stream, peer, 0, 16 * Pace.STRETCH, 8 * KIB);
        assertThat(peer.waits).isEmpty();
        assertThat(peer.mostAtOnce).isLessThanOrEqualTo(8 * KIB);
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void repliesOneByOneAfterAFastBeginningWaitForNothing() throws IOException {
        Peer peer = Peer.at(4_000);
        ReadAhead stream = over(peer);
        long position = read(stream, peer, 0, 16 * Pace.STRETCH, FRAME);
        assertThat(free()).isEqualTo(BUFFERS - 1);
        peer.bytesPerMicro = 0.1;
        peer.waiting = 0;
        position = read(stream, peer, position, peer.taken - position + 100, 100);
        int before = peer.waits.size();
        read(stream, peer, position, 1_000 * 100, 100);
        assertThat(peer.waits).hasSize(before);
        assertThat(free()).as("the buffer is given back").isEqualTo(BUFFERS);
    }

    @Test
    void aPeerWithASmallWindowIsHeldUpMoreAndMoreSeldom() throws IOException {
        Peer peer = Peer.at(4_000);
        peer.window = FRAME;
        ReadAhead stream = over(peer);
        long position = read(stream, peer, 0, 64 * Pace.STRETCH, FRAME);
        assertThat(peer.waits.size()).isBetween(1, (int) (position / Pace.STRETCH) / 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 96, 128, 160, 176, 190, 224, 256, 512})
    void aPeerWithAnyWindowIsHardlySlowerThanWithoutPauses(int windowInKib) throws IOException {
        long bytes = 512L * Pace.STRETCH;
        long[] took = new long[2];
        for (int i = 0; i < 2; i++) {
            List<ByteBuffer> all = new ArrayList<>();
            for (ByteBuffer one = i == 0 ? buffers.take() : null; one != null; one = buffers.take()) {
                all.add(one); // then it is read without
            }
            Peer peer = Peer.at(2_500);
            peer.window = windowInKib * KIB;
            ReadAhead stream = over(peer);
            read(stream, peer, 0, bytes, FRAME);
            stream.close();
            took[i] = peer.now();
            all.forEach(buffers::give);
        }
        assertThat(took[1]).isLessThan(took[0] * 6 / 5);
    }

    @Test
    void anInterruptEndsItThoughBytesAreLeft() throws IOException {
        Peer peer = Peer.at(4_000);
        ReadAhead stream = over(peer);
        readUntilSomeAreLeft(stream, peer);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> stream.read(new byte[1], 0, 1)).isInstanceOf(ClosedByInterruptException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(peer.isOpen()).isFalse();
        stream.close();
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void moreFastStreamsThanBuffersAreReadAllTheSame() throws IOException {
        List<ReadAhead> streams = new ArrayList<>();
        for (int i = 0; i < BUFFERS + 2; i++) {
            Peer peer = Peer.at(4_000);
            ReadAhead stream = over(peer);
            streams.add(stream);
            read(stream, peer, 0, 4 * Pace.STRETCH, FRAME);
            assertThat(peer.mostAtOnce > FRAME)
                    .as("stream " + i + " has a buffer")
                    .isEqualTo(i < BUFFERS);
        }
        assertThat(free()).isZero();
        streams.forEach(ReadAhead::close);
        streams.forEach(ReadAhead::close);
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void noByteIsSkippedOrGivenTwiceHoweverTheRateChanges(int seed) throws IOException {
        Random random = new Random(seed);
        Peer peer = Peer.at(1_000);
        ReadAhead stream = over(peer);
        long position = 0;
        for (int i = 0; i < 200; i++) {
            peer.bytesPerMicro = Math.pow(10, random.nextDouble(-1, 4));
            peer.atLeast = 1 + random.nextInt(FRAME);
            peer.window = peer.atLeast + random.nextInt(512 * KIB);
            peer.waiting = Math.min(peer.waiting, peer.window);
            position = read(stream, peer, position, random.nextInt(1024 * KIB), 1 + random.nextInt(100 * KIB));
            assertThat(stream.hasUnread()).isEqualTo(position < peer.taken);
        }
        stream.close();
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void whatWasLeftWhenItClosedIsLostAndTold() throws IOException {
        Peer peer = Peer.at(4_000);
        ReadAhead stream = over(peer);
        readUntilSomeAreLeft(stream, peer);
        stream.close();
        assertThatThrownBy(() -> stream.read(new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void aReadThatFailsLeavesNothingUnread() throws IOException {
        Peer peer = Peer.at(4_000);
        ReadAhead stream = over(peer);
        long position = readUntilSomeAreLeft(stream, peer);
        read(stream, peer, position, peer.taken - position, 1);
        peer.close();
        assertThatThrownBy(() -> stream.read(new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThat(stream.hasUnread()).isFalse();
        stream.close();
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void theEndComesAfterTheLastByteThatWasReadAhead() throws IOException {
        Peer peer = Peer.at(4_000);
        peer.most = 9L * Pace.STRETCH + 1;
        ReadAhead stream = over(peer);
        assertThat(read(stream, peer, 0, peer.most, FRAME)).isEqualTo(peer.most);
        assertThat(stream.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThat(stream.hasUnread()).isFalse();
        stream.close();
        assertThat(free()).isEqualTo(BUFFERS);
    }

    @Test
    void whoClosesItInAPauseLeavesTheBufferToTheReader() throws IOException {
        Peer peer = Peer.at(4_000);
        AtomicReference<ReadAhead> closing = new AtomicReference<>();
        AtomicInteger freeInThePause = new AtomicInteger(-1);
        ReadAhead stream = new ReadAhead(peer, buffers, peer::now, nanos -> {
            peer.sleep(nanos);
            ReadAhead one = closing.getAndSet(null);
            if (one != null) {
                one.close();
                freeInThePause.set(free());
            }
        });
        long position = readUntilSomeAreLeft(stream, peer);
        closing.set(stream);
        while (freeInThePause.get() < 0) {
            position = read(stream, peer, position, 1, FRAME);
        }
        assertThat(freeInThePause).as("it is about to be read into").hasValue(BUFFERS - 1);
        assertThat(free()).isEqualTo(BUFFERS);
        assertThat(stream.hasUnread()).isTrue();
        assertThatThrownBy(() -> stream.read(new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
    }

    /** Two streams with one buffer between them, of which one is closed again and again while it reads. */
    @Test
    void noStreamEverReadsWhatWasSentToAnother() throws Exception {
        List<ByteBuffer> others = new ArrayList<>();
        for (int i = 1; i < BUFFERS; i++) {
            others.add(buffers.take());
        }
        AtomicInteger left = new AtomicInteger(2_000);
        List<FutureTask<Integer>> readers = new ArrayList<>();
        for (byte sign : new byte[] {1, 2}) {
            FutureTask<Integer> reader = new FutureTask<>(reading(sign, left));
            readers.add(reader);
            Thread.ofPlatform().daemon().start(reader);
        }
        for (FutureTask<Integer> reader : readers) {
            assertThat(reader.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("streams that had the buffer")
                    .isPositive();
        }
        assertThat(free()).isEqualTo(1);
        others.forEach(buffers::give);
    }

    private Callable<Integer> reading(byte sign, AtomicInteger left) {
        return () -> {
            int lent = 0;
            while (left.getAndDecrement() > 0) {
                ReadAhead stream = new ReadAhead(new Signed(sign), buffers, () -> 0, nanos -> {});
                FutureTask<Void> closer = new FutureTask<>(stream::close, null);
                byte[] into = new byte[FRAME];
                int reads = 0;
                try {
                    while (reads < 200) {
                        int n = stream.read(into, 0, into.length);
                        for (int i = 0; i < n; i += 512) {
                            assertThat(into[i]).isEqualTo(sign);
                        }
                        if (stream.hasUnread()) {
                            lent++;
                        }
                        if (++reads == 100) {
                            Thread.startVirtualThread(closer);
                        }
                    }
                } catch (ClosedChannelException e) {
                    // by the closer
                }
                closer.get();
            }
            return lent;
        };
    }

    /** Sends nothing but this byte, and never stops. */
    private record Signed(byte sign) implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer into) {
            int n = into.remaining();
            while (into.hasRemaining()) {
                into.put(sign);
            }
            return n;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
