package plainweave.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import plainweave.call.Deadline;
import plainweave.call.Endpoint;
import plainweave.observe.ConnectionClosed.Reason;

/**
 * The bytes of a connected {@link DoorSocket}. Writes are bounded by the watchdog. Reads are not, for it can only cut, and java.net's
 * sockets outlive a read that took too long: where one has a timeout it goes through the JDK's own timed read of a channel, which parks
 * timed; where it has none it parks untimed, as an exchange does. Any number of threads may read and write.
 */
final class DoorWire {
    /** More in one system call only makes the JDK's temporary direct buffer larger. */
    private static final int SLICE = 64 * 1024;

    /** A reader whose peer is never slower than it is would otherwise hold its carrier to the end. */
    private static final int BYTES_BETWEEN_YIELDS = 256 * 1024;

    private final Door door;
    private final DoorSocket socket;
    private final Endpoint endpoint;
    private final Transport transport;
    private final SocketChannel channel;

    /** The JDK's view of the channel: its streams are the one way to a read that gives up and leaves the channel open. */
    private final Socket view;

    private final InputStream received;
    private final InetSocketAddress local;
    private final long openedAt;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();
    private final AtomicLong bytesIn = new AtomicLong();
    private final AtomicLong bytesOut = new AtomicLong();

    /** Held while a write waits, as the channel's own is: what is armed is one write's, and two must not be mixed. */
    private final ReentrantLock writing = new ReentrantLock();

    private volatile boolean leaving;

    // For any number of threads, without a fence: at worst one yield is missed or made once too often.
    private boolean justWrote;
    private int sinceYield;

    DoorWire(Door door, DoorSocket socket, Endpoint endpoint, Transport transport) throws IOException {
        this.door = door;
        this.socket = socket;
        this.endpoint = endpoint;
        this.transport = transport;
        this.channel = transport.channel();
        this.view = channel.socket();
        this.received = view.getInputStream();
        this.local = new InetSocketAddress(view.getLocalAddress(), view.getLocalPort());
        this.openedAt = door.now();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    Transport transport() {
        return transport;
    }

    SocketChannel channel() {
        return channel;
    }

    Socket view() {
        return view;
    }

    /** Stays what it was when it is closed. */
    InetSocketAddress local() {
        return local;
    }

    InetSocketAddress peer() {
        return (InetSocketAddress) transport.peer();
    }

    long openedAt() {
        return openedAt;
    }

    long bytesIn() {
        return bytesIn.get();
    }

    long bytesOut() {
        return bytesOut.get();
    }

    InputStream input() {
        return input;
    }

    OutputStream output() {
        return output;
    }

    boolean isWriting() {
        return writing.isLocked();
    }

    /** From now on the peer has no more than a moment to take anything of a write. */
    void leave() {
        leaving = true;
    }

    private Duration silence() {
        return leaving ? Transport.GOODBYE : door.settings.silence();
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        if (justWrote || sinceYield >= BYTES_BETWEEN_YIELDS) {
            yieldOnce();
        }
        try {
            int n = received.read(into, offset, Math.min(length, SLICE));
            if (n > 0) {
                sinceYield += n;
                bytesIn.addAndGet(n);
                door.bytesIn.add(n);
            }
            return n;
        } catch (SocketTimeoutException e) {
            throw e; // nothing was lost, the next read may have it
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Lets the reply to what was written arrive first: the read then finds it and never asks the poller. */
    private void yieldOnce() {
        if (Thread.currentThread().isVirtual()) {
            Thread.yield();
        }
        justWrote = false;
        sinceYield = 0;
    }

    private void write(byte[] from, int offset, int length) throws IOException {
        writing.lock();
        try {
            int end = offset + length;
            for (int at = offset; at < end; ) {
                int n = writeSome(ByteBuffer.wrap(from, at, Math.min(end - at, SLICE)));
                at += n;
                bytesOut.addAndGet(n);
                door.bytesOut.add(n);
            }
            justWrote = true;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writing.unlock();
        }
    }

    private int writeSome(ByteBuffer slice) throws IOException {
        Deadline limit = Deadline.after(silence());
        transport.arm(limit);
        try {
            return channel.write(slice);
        } finally {
            transport.disarm(limit); // if it was cut at the last moment, the next one says so
        }
    }

    private SocketException failed(IOException e) {
        boolean open = transport.isOpen();
        IOException told = transport.told(e);
        CutException.Reason reason = told instanceof CutException cut ? cut.reason() : null;
        if (!open) {
            socket.lost(reason == CutException.Reason.CLIENT_CLOSED ? Reason.CLIENT_CLOSED : Reason.NOT_KEPT);
        }
        return leaving && reason == CutException.Reason.DEADLINE
                ? DoorFailures.closed(told)
                : DoorFailures.inUse(told, open, silence());
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return DoorWire.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            return length == 0 ? 0 : DoorWire.this.read(into, offset, length);
        }

        @Override
        public int available() throws IOException {
            try {
                return received.available();
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            DoorWire.this.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, from.length);
            DoorWire.this.write(from, offset, length);
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
