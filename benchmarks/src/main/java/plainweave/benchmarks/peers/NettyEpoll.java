package plainweave.benchmarks.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.io.EOFException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** Netty's native transport with nothing on top: the event loop at its best. */
public final class NettyEpoll implements JavaPeer {

    @Override
    public String name() {
        return "netty-epoll";
    }

    @Override
    public String about(Job job) {
        String settings = "native epoll on one event loop (two loops cost more), void promises, receive buffers of a"
                + " fixed size, leak detection and buffer checks off; no deadlines";
        return job.pooled() ? settings + "; callers wait in a deque on the loop for the next free channel" : settings;
    }

    @Override
    public boolean plays(Job job) {
        return JavaPeer.super.plays(job) || job.service() == Service.SOURCE;
    }

    @Override
    public Optional<String> missing() {
        // Not asked of Netty, which would load its library into the arena's own process to find out.
        return Set.of("amd64", "aarch64").contains(System.getProperty("os.arch"))
                ? Optional.empty()
                : Optional.of("needs an x86-64 or AArch64 processor: Netty's native library comes for no other");
    }

    @Override
    public List<String> jvmFlags() {
        List<String> flags = new ArrayList<>(List.of(
                "-Dio.netty.leakDetection.level=disabled",
                "-Dio.netty.buffer.checkAccessible=false",
                "-Dio.netty.buffer.checkBounds=false",
                "--enable-native-access=ALL-UNNAMED"));
        // Unsafe is Netty's fastest way to memory; from this JDK on it warns unless told that this is meant.
        if (Runtime.version().feature() >= 23) {
            flags.add("--sun-misc-unsafe-memory-access=allow");
        }
        return flags;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) throws InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        if (job.service() == Service.SOURCE) {
            NettyDownload.start(loop, server, board);
            return;
        }
        Waiting waiting = new Waiting();
        for (int i = 0; i < job.callers(); i++) {
            waiting.join(new Caller(board.newCaller(i)), System.nanoTime());
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                // Larger than a reply: a full buffer would make Netty read once more to see whether there is more.
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(2 * Line.BYTES))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Exchanges(waiting, board));
                    }
                });
        if (job.connects()) {
            bootstrap.disableResolver();
            loop.execute(() -> {
                for (Caller caller : waiting.callers) {
                    new Dialling(caller, bootstrap, server, board).dial();
                }
            });
            return;
        }
        for (int i = 0; i < job.connections(); i++) {
            bootstrap.connect(server).sync();
        }
    }

    /** Sends a caller's line and gathers its echo. Everything happens on the loop. */
    private abstract static class OneExchange extends ChannelInboundHandlerAdapter {
        final Scoreboard board;
        Caller caller;
        private final byte[] reply = new byte[Line.BYTES];
        private final ByteBuf request = Unpooled.directBuffer(Line.BYTES, Line.BYTES);
        private int filled;

        OneExchange(Caller caller, Scoreboard board) {
            this.caller = caller;
            this.board = board;
        }

        /** The echo is whole and right. */
        abstract void replied(ChannelHandlerContext context);

        final void send(ChannelHandlerContext context) {
            // The echo of the last request proves that its buffer was sent, so each handler keeps one.
            request.clear().writeBytes(caller.line.bytes());
            // The void promise hands its failure to exceptionCaught, so there is nothing to ask the future.
            ChannelFuture unused = context.writeAndFlush(request.retain(), context.voidPromise());
        }

        @Override
        public final void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            int length = bytes.readableBytes();
            bytes.readBytes(reply, filled, length);
            bytes.release();
            filled += length;
            if (filled < Line.BYTES) {
                return;
            }
            filled = 0;
            caller.line.check(reply);
            replied(context);
        }

        @Override
        public final void exceptionCaught(ChannelHandlerContext context, Throwable why) {
            board.failed(why);
        }
    }

    /** A caller that connects for every exchange. */
    @ChannelHandler.Sharable
    private static final class Dialling extends OneExchange {
        private final Bootstrap bootstrap;
        private final InetSocketAddress server;
        private @Nullable Channel connected;

        Dialling(Caller caller, Bootstrap bootstrap, InetSocketAddress server, Scoreboard board) {
            super(caller, board);
            this.bootstrap = bootstrap;
            this.server = server;
        }

        void dial() {
            caller.line.next();
            ChannelFuture unused = bootstrap.handler(this).connect(server).addListener(dialled -> {
                if (!dialled.isSuccess()) {
                    board.failed(dialled.cause());
                }
            });
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            connected = context.channel();
            send(context);
        }

        @Override
        void replied(ChannelHandlerContext context) {
            connected = null;
            ChannelFuture unused = context.close();
            long now = System.nanoTime();
            board.exchanged(now - caller.since);
            caller.since = now;
            dial();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (context.channel().equals(connected)) {
                board.failed(new EOFException("the server closed the connection"));
            }
        }
    }

    /** One caller; its time runs from joining the line to its checked reply. */
    private static final class Caller {
        private final Line line;
        private long since;

        Caller(Line line) {
            this.line = line;
        }
    }

    /** Who waits for a channel. Filled before the loop starts, touched only by the loop from then on. */
    private static final class Waiting {
        private final Queue<Caller> callers = new ArrayDeque<>();

        void join(Caller caller, long now) {
            caller.since = now;
            callers.add(caller);
        }

        // With a channel each, the caller that has just joined is the only one, and gets its own channel back.
        Caller next() {
            return callers.remove();
        }
    }

    private static final class Exchanges extends OneExchange {
        private final Waiting waiting;

        Exchanges(Waiting waiting, Scoreboard board) {
            super(waiting.next(), board);
            this.waiting = waiting;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            caller.line.next();
            send(context);
        }

        @Override
        void replied(ChannelHandlerContext context) {
            long now = System.nanoTime();
            board.exchanged(now - caller.since);
            waiting.join(caller, now);
            caller = waiting.next();
            caller.line.next();
            send(context);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            board.failed(new EOFException("the server closed the connection"));
        }
    }
}
