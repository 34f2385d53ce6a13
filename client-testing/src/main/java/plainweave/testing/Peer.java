package plainweave.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** The server's side of one scripted connection. Used by that connection's thread alone. */
final class Peer {
    static final int MAX_FRAME = 16 << 20;

    private static final int BUFFER = 8 << 10;
    private static final int SMALL_RECEIVE_BUFFER = 1 << 10;
    // 512 KiB in all: a client that never stops sending must not keep us here.
    private static final int DRAIN_READS = 64;
    private static final byte[] LF = {'\n'};

    private static final int TLS_HANDSHAKE = 22;
    private static final int TLS_HEADER = 5;

    private final SocketChannel channel;
    private final Tally tally;
    private final ByteBuffer in = ByteBuffer.allocate(BUFFER).flip();
    private byte[] frame = {};
    private long sendable = Long.MAX_VALUE;
    /** The channel, or TLS over it. */
    private ByteChannel wire;

    private @Nullable TlsChannel tls;

    Peer(SocketChannel channel, Tally tally) {
        this.channel = channel;
        this.wire = channel;
        this.tally = tally;
    }

    byte[] frame() {
        return frame.clone();
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    boolean readExactly(int bytes) throws IOException {
        Frame read = new Frame();
        while (read.size() < bytes) {
            if (!readByte(read)) {
                return false;
            }
        }
        return requested(read.toByteArray());
    }

    boolean readLine() throws IOException {
        Frame read = new Frame();
        if (!readUntil(LF, read)) {
            return false;
        }
        return requested(read.without(read.endsWith(new byte[] {'\r', '\n'}) ? 2 : 1));
    }

    boolean readUntil(byte[] delimiter) throws IOException {
        Frame read = new Frame();
        return readUntil(delimiter, read) && requested(read.without(delimiter.length));
    }

    boolean send(byte[] bytes) throws IOException {
        int count = (int) Math.min(bytes.length, sendable);
        ByteBuffer out = ByteBuffer.wrap(bytes, 0, count);
        while (out.hasRemaining()) {
            wire.write(out);
        }
        sendable -= count;
        return sendable > 0;
    }

    boolean drip(byte[] bytes, Duration pause) throws IOException, InterruptedException {
        for (int i = 0; i < bytes.length; i++) {
            if (i > 0) {
                Thread.sleep(pause);
            }
            if (!send(new byte[] {bytes[i]})) {
                return false;
            }
        }
        return true;
    }

    boolean cutAfter(int bytes) {
        sendable = bytes;
        return bytes > 0;
    }

    boolean stall() throws IOException {
        while (fill()) {
            in.position(in.limit());
        }
        return false;
    }

    boolean receiveBuffer(int bytes) throws IOException {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, bytes);
        return true;
    }

    boolean neverRead() throws IOException, InterruptedException {
        receiveBuffer(SMALL_RECEIVE_BUFFER);
        new CountDownLatch(1).await();
        return false;
    }

    /** Reads a TLS record, of which a ClientHello takes one in practice. */
    boolean readClientHello() throws IOException {
        Frame record = new Frame();
        while (record.size() < TLS_HEADER) {
            if (!readByte(record)) {
                return false;
            }
        }
        byte[] header = record.toByteArray();
        if (header[0] != TLS_HANDSHAKE) {
            throw new IOException("no ClientHello: the first byte is " + header[0]);
        }
        int length = (header[3] & 0xFF) << 8 | header[4] & 0xFF;
        while (record.size() < TLS_HEADER + length) {
            readByte(record);
        }
        return requested(record.toByteArray());
    }

    boolean startTls(SSLContext context, Consumer<SSLSocket> setUp) throws IOException {
        if (tls != null) {
            throw new IllegalStateException("the script has started TLS already; does it repeat?");
        }
        byte[] taken = new byte[in.remaining()];
        in.get(taken);
        tls = TlsChannel.accept(context, channel, taken, setUp);
        wire = tls;
        return true;
    }

    /** Whether the client has closed its side, without waiting to see. What it sent before stays to be read. */
    boolean isGone() {
        if (tls != null) {
            return false;
        }
        in.compact();
        try {
            if (!in.hasRemaining()) {
                return false;
            }
            channel.configureBlocking(false);
            int count = channel.read(in);
            channel.configureBlocking(true);
            tally.read(Math.max(count, 0));
            return count < 0;
        } catch (IOException e) {
            return true;
        } finally {
            in.flip();
        }
    }

    boolean halfClose() throws IOException {
        if (tls != null) {
            tls.finish();
        }
        channel.shutdownOutput();
        return true;
    }

    boolean reset() throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
        return false;
    }

    /**
     * Ends the connection with a FIN, where a plain close would send an RST because of bytes nobody read. A cut one ends
     * without the close_notify of TLS.
     */
    void finish() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        if (tls != null && sendable > 0) {
            tls.finish();
        }
        channel.shutdownOutput();
        channel.configureBlocking(false);
        for (int i = 0; i < DRAIN_READS; i++) {
            if (channel.read(in.clear()) <= 0) {
                break;
            }
        }
        channel.close();
    }

    private boolean readUntil(byte[] delimiter, Frame read) throws IOException {
        do {
            if (read.size() == MAX_FRAME) {
                throw new IOException("no delimiter within " + MAX_FRAME + " bytes");
            }
            if (!readByte(read)) {
                return false;
            }
        } while (!read.endsWith(delimiter));
        return true;
    }

    /** Returns false if the client left between two frames. */
    private boolean readByte(Frame read) throws IOException {
        if (!in.hasRemaining() && !fill()) {
            if (read.size() > 0) {
                throw new EOFException("the client left after " + read.size() + " bytes of a frame");
            }
            return false;
        }
        read.write(in.get());
        return true;
    }

    private boolean fill() throws IOException {
        int count = wire.read(in.clear());
        in.flip();
        if (count > 0) {
            tally.read(count);
        }
        return count >= 0;
    }

    private boolean requested(byte[] whole) {
        frame = whole;
        tally.requested();
        return true;
    }

    private static final class Frame extends ByteArrayOutputStream {

        boolean endsWith(byte[] end) {
            return count >= end.length && Arrays.equals(buf, count - end.length, count, end, 0, end.length);
        }

        byte[] without(int end) {
            return Arrays.copyOf(buf, count - end);
        }
    }
}
