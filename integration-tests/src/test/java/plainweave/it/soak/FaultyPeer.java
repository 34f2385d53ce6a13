package plainweave.it.soak;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import plainweave.call.Endpoint;

/**
 * Does to each request what it asks for, so that a caller knows how its call has to end; a script goes by connections. One
 * virtual thread per connection, for each fault costs one. It can go down, which ends every connection and has connects refused,
 * and come up again at the same port.
 */
final class FaultyPeer implements AutoCloseable {
    private static final int BACKLOG = 1_024;
    private static final long LONG_AGO_NANOS = 1_000_000_000_000L;

    private final SocketChannel reservation;
    private final InetSocketAddress address;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private volatile ServerSocketChannel listener;
    private volatile Thread acceptor;
    private volatile boolean down;
    private volatile long downUntil = System.nanoTime() - LONG_AGO_NANOS;

    private FaultyPeer(SocketChannel reservation) throws IOException {
        this.reservation = reservation;
        // Bound but never listening: the port stays ours while the peer is down, and the kernel refuses connects to it.
        reservation.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        reservation.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
        this.address = (InetSocketAddress) reservation.getLocalAddress();
        this.listener = ServerSocketChannel.open();
        this.acceptor = listen(listener);
    }

    static FaultyPeer start() throws IOException {
        return new FaultyPeer(SocketChannel.open());
    }

    Endpoint endpoint() {
        return Endpoint.of(address.getAddress().getHostAddress(), address.getPort());
    }

    /** How many connections are open now. */
    int open() {
        return connections.size();
    }

    /** Returns once its port can be listened at again. */
    void goDown() throws IOException, InterruptedException {
        down = true;
        listener.close();
        acceptor.join(); // the kernel listens until the last thread has left the channel
        connections.forEach(FaultyPeer::close);
    }

    void comeUp() throws IOException {
        if (down) {
            listener = ServerSocketChannel.open();
            acceptor = listen(listener);
            downUntil = System.nanoTime();
            down = false;
        }
    }

    /** Whether it is down or was so at any time since then. */
    boolean wasDownSince(long nanoTime) {
        return down || nanoTime - downUntil < 0;
    }

    private Thread listen(ServerSocketChannel at) throws IOException {
        at.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        at.bind(address, BACKLOG);
        return Thread.ofVirtual().name("peer-accept").start(() -> accept(at));
    }

    private void accept(ServerSocketChannel from) {
        try {
            while (true) {
                SocketChannel connection = from.accept();
                connections.add(connection);
                if (!from.isOpen()) {
                    close(connection);
                }
                Thread.ofVirtual().name("peer").start(() -> serve(connection));
            }
        } catch (IOException closed) {
            // gone down
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            OutputStream out = connection.socket().getOutputStream();
            DataInputStream in = new DataInputStream(
                    new BufferedInputStream(connection.socket().getInputStream(), 1_024));
            int user = Wire.NOBODY;
            for (int kind = in.read(); kind >= 0; kind = in.read()) {
                if (kind == Wire.LOGIN) {
                    user = in.readInt();
                    out.write(ByteBuffer.allocate(5)
                            .put(user == Wire.STRANGER ? Wire.UNWELCOME : Wire.WELCOME)
                            .putInt(user)
                            .array());
                } else if (!answer(Wire.readRequest(in), user, connection, out)) {
                    return;
                }
            }
        } catch (IOException left) {
            // The client has ended it, or this peer has gone down.
        } finally {
            connections.remove(connection);
        }
    }

    /** Whether the connection may serve another request. */
    private boolean answer(Wire.Request request, int user, SocketChannel connection, OutputStream out)
            throws IOException {
        byte[] reply = Wire.bytes(new Wire.Reply(request.id(), user, request.payload()));
        switch (request.fault()) {
            case RESET -> {
                out.write(reply, 0, part(request, reply));
                connection.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            case CUT -> out.write(reply, 0, part(request, reply));
            case STALL -> {}
            case LATE, INTERRUPT -> {
                sleepUntil(request.argument());
                out.write(reply);
            }
            case GARBAGE -> out.write(garbage(request));
            case SURPLUS -> {
                byte[] twice = Arrays.copyOf(reply, 2 * reply.length);
                System.arraycopy(reply, 0, twice, reply.length, reply.length);
                out.write(twice);
            }
            default -> out.write(reply);
        }
        return switch (request.fault()) {
            case RESET, CUT, HANGUP -> false;
            default -> true; // stalled, it waits for the client to leave
        };
    }

    /** Less than the whole, often nothing. */
    private static int part(Wire.Request request, byte[] reply) {
        return (int) Math.min(request.argument(), reply.length - 1);
    }

    private static byte[] garbage(Wire.Request request) {
        ByteBuffer bytes = ByteBuffer.allocate(17);
        if (request.argument() == 0) {
            return bytes.put((byte) ~Wire.REPLY).array();
        }
        return bytes.put(Wire.REPLY)
                .putLong(request.id())
                .putInt(0)
                .putInt(request.argument() == 1 ? Wire.MAX_FRAME + 1 : -1)
                .array();
    }

    private static void sleepUntil(long nanoTime) {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // Its descriptor is gone all the same.
        }
    }

    /** Ends everything; its threads follow. */
    @Override
    public void close() throws IOException, InterruptedException {
        goDown();
        reservation.close();
    }
}
