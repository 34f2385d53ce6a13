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
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.EOFException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;

/** What the peers on Netty's native transport share: its flags, its one event loop, and an exchange on it. */
abstract class NettyPeer implements JavaPeer {

    static final int BEST_LOOPS = 1;

    static final String SETTINGS = settings("one event loop (two loops cost more)");

    static final int TIMEOUT_SECONDS = 30;

    // Larger than a reply: a full buffer would make Netty read once more to see whether there is more.
    static final int ONE_LINE = 2 * Line.BYTES;

    // One by one, each would wait until the loop has served all that are open; all at once, they would not fit into
    // the server's backlog.
    static final int OPENING_AT_ONCE = 1_000;

    static String settings(String loops) {
        return "native epoll on " + loops + ", receive buffers of a fixed size, leak detection and buffer checks off";
    }

    @Override
    public final Optional<String> missing() {
        // Not asked of Netty, which would load its library into the arena's own process to find out.
        return Set.of("amd64", "aarch64").contains(System.getProperty("os.arch"))
                ? Optional.empty()
                : Optional.of("needs an x86-64 or AArch64 processor: Netty's native library comes for no other");
    }

    @Override
    public final List<String> jvmFlags(int release) {
        List<String> flags = new ArrayList<>(List.of(
                "-Dio.netty.leakDetection.level=disabled",
                "-Dio.netty.buffer.checkAccessible=false",
                "-Dio.netty.buffer.checkBounds=false",
                "--enable-native-access=ALL-UNNAMED"));
        // Unsafe is Netty's fastest way to memory; from this JDK on it warns unless told that this is meant.
        if (release >= 23) {
            flags.add("--sun-misc-unsafe-memory-access=allow");
        }
        return flags;
    }

    /** On an event loop of its own; receives at most so many bytes at a time. */
    static Bootstrap bootstrap(int receiveBytes) {
        return bootstrap(BEST_LOOPS, receiveBytes);
    }

    /** On so many event loops; 0 for Netty's default, two for each core. */
    static Bootstrap bootstrap(int loops, int receiveBytes) {
        return new Bootstrap()
                .group(new MultiThreadIoEventLoopGroup(loops, EpollIoHandler.newFactory()))
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(receiveBytes));
    }

    /** The same for one line at a time. */
    static Bootstrap bootstrap() {
        return bootstrap(ONE_LINE);
    }

    /** Opens so many channels. */
    static List<Channel> connect(Bootstrap bootstrap, InetSocketAddress server, int channels)
            throws InterruptedException {
        List<Channel> open = new ArrayList<>();
        while (open.size() < channels) {
            List<ChannelFuture> opening = new ArrayList<>();
            for (int i = Math.min(OPENING_AT_ONCE, channels - open.size()); i > 0; i--) {
                opening.add(bootstrap.connect(server));
            }
            for (ChannelFuture one : opening) {
                open.add(one.sync().channel());
            }
        }
        return open;
    }

    /** Ends a channel on which nothing has come for half a minute. */
    static ReadTimeoutHandler readTimeout() {
        return new ReadTimeoutHandler(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /** Gives every channel a handler, behind one that ends waits if the job asks for that. */
    static ChannelHandler channels(Job job, Function<Channel, ChannelHandler> handler) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (job.deadlines()) {
                    channel.pipeline().addLast(readTimeout());
                }
                channel.pipeline().addLast(handler.apply(channel));
            }
        };
    }

    /** The end of a peer's settings. */
    static String deadlines(Job job) {
        return job.deadlines()
                ? "; ReadTimeoutHandler of " + TIMEOUT_SECONDS + " s on every channel"
                : "; no deadlines";
    }

    /** One caller; its time runs from when it began to wait for a channel to its checked reply. */
    static class Caller {
        final Line line;
        long since;

        Caller(Line line) {
            this.line = line;
        }
    }

    /** Sends a caller's line and gathers its echo. Everything happens on the loop. */
    abstract static class OneExchange<C extends Caller> extends ChannelInboundHandlerAdapter {
        final Scoreboard board;

        private @Nullable C caller;
        private final byte[] reply = new byte[Line.BYTES];
        private final ByteBuf request = Unpooled.directBuffer(Line.BYTES, Line.BYTES);
        private @Nullable ChannelHandlerContext context;
        private int filled;

        OneExchange(Scoreboard board) {
            this.board = board;
        }

        /** The echo is whole and right. */
        abstract void replied(Channel channel, C caller);

        @Override
        public final void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        final void send(C next) {
            caller = next;
            next.line.next();
            // The echo of the last request proves that its buffer was sent, so each handler keeps one.
            request.clear().writeBytes(next.line.bytes());
            // The void promise hands its failure to exceptionCaught, so there is nothing to ask the future.
            ChannelHandlerContext out = Objects.requireNonNull(context);
            ChannelFuture unused = out.writeAndFlush(request.retain(), out.voidPromise());
        }

        /** Its channel may close now. */
        final void ended() {
            caller = null;
        }

        /** Counts the exchange that is over; the instant it was over. */
        final long count(C replied) {
            long now = System.nanoTime();
            board.exchanged(now - replied.since);
            return now;
        }

        @Override
        public final void channelRead(ChannelHandlerContext in, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            int length = bytes.readableBytes();
            bytes.readBytes(reply, filled, length);
            bytes.release();
            filled += length;
            if (filled < Line.BYTES) {
                return;
            }
            filled = 0;
            C answered = Objects.requireNonNull(caller, "a reply that nobody waits for");
            answered.line.check(reply);
            replied(in.channel(), answered);
        }

        @Override
        public void channelInactive(ChannelHandlerContext in) {
            if (caller != null) {
                board.failed(new EOFException("the server closed the connection"));
            }
        }

        @Override
        public final void exceptionCaught(ChannelHandlerContext in, Throwable why) {
            board.failed(why);
        }
    }
}
