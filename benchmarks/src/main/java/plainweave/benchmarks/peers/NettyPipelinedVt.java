package plainweave.benchmarks.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.internal.PlatformDependent;
import java.io.EOFException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** Blocking calls over shared channels, made by hand around Netty's event loop. */
public final class NettyPipelinedVt extends NettyPeer {

    private static final int RECEIVE_BYTES = 64 * 1024;

    // More than any job has callers, so that a flush waits for the end of what the loop was given.
    private static final int FLUSHES_AT_ONCE = 4 * 1024;

    private final boolean gathers;

    private NettyPipelinedVt(boolean gathers) {
        this.gathers = gathers;
    }

    /** Gathers what callers ask into one write by hand: the cheapest that was found. */
    static NettyPipelinedVt gathering() {
        return new NettyPipelinedVt(true);
    }

    /** Writes and flushes for each caller, as Netty's handler for such callers has it. */
    static NettyPipelinedVt consolidatingFlushes() {
        return new NettyPipelinedVt(false);
    }

    @Override
    public String name() {
        return gathers ? "netty-pipelined-vt" : "netty-pipelined-vt-flushes";
    }

    @Override
    public String about(Job job) {
        String how = gathers
                ? "; callers on virtual threads put their lines into a queue of the channel, which the loop drains"
                        + " into one buffer and one flush, and park until their reply"
                : "; callers on virtual threads write and flush their lines to the channel, whose"
                        + " FlushConsolidationHandler makes one flush of many, and park until their reply";
        return SETTINGS + how + "; no library" + deadlines(job);
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.ECHO && job.depth() > 0;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) throws InterruptedException {
        Bootstrap bootstrap = bootstrap(RECEIVE_BYTES).handler(channels(job, channel -> {
            if (!gathers) {
                channel.pipeline().addLast(new FlushConsolidationHandler(FLUSHES_AT_ONCE, true));
            }
            return gathers ? new Gathering(channel, board) : new Shared(channel, board);
        }));
        List<Shared> shared = connect(bootstrap, server, job.connections()).stream()
                .map(channel -> channel.pipeline().get(Shared.class))
                .toList();
        BlockingCallers.start(job.callers(), board, caller -> {
            Shared own = shared.get(caller % shared.size());
            Call call = new Call();
            return line -> line.check(own.exchange(call.of(line)));
        });
    }

    private static final class Call {
        private final byte[] reply = new byte[Line.BYTES];
        private Thread caller = Thread.currentThread();
        private byte[] request = {};
        private volatile boolean replied;

        Call of(Line line) {
            caller = Thread.currentThread(); // the first exchange is made on another one
            request = line.bytes();
            replied = false;
            return this;
        }

        byte[] await() {
            while (!replied) {
                LockSupport.park(this);
            }
            return reply;
        }

        void reply() {
            replied = true;
            LockSupport.unpark(caller);
        }
    }

    /** A channel whose replies come in the order of its requests. */
    private static class Shared extends ChannelDuplexHandler {
        final Channel channel;
        private final Scoreboard board;

        // Only the loop's.
        final Queue<Call> unanswered = new ArrayDeque<>();
        private int filled;

        Shared(Channel channel, Scoreboard board) {
            this.channel = channel;
            this.board = board;
        }

        byte[] exchange(Call call) {
            ChannelFuture unused = channel.writeAndFlush(call, channel.voidPromise());
            return call.await();
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof Call call) {
                unanswered.add(call);
                ChannelFuture unused =
                        context.write(channel.alloc().directBuffer(Line.BYTES).writeBytes(call.request), promise);
            } else {
                ChannelFuture unused = context.write(message, promise);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            while (bytes.isReadable()) {
                Call first = unanswered.element();
                int length = Math.min(Line.BYTES - filled, bytes.readableBytes());
                bytes.readBytes(first.reply, filled, length);
                filled += length;
                if (filled == Line.BYTES) {
                    filled = 0;
                    unanswered.remove();
                    first.reply();
                }
            }
            bytes.release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            board.failed(new EOFException("the server closed the connection"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable why) {
            board.failed(why);
        }
    }

    /** The same with one write for all who have asked. */
    private static final class Gathering extends Shared {
        private final Queue<Call> asked = PlatformDependent.newMpscQueue();
        private final AtomicBoolean draining = new AtomicBoolean();

        Gathering(Channel channel, Scoreboard board) {
            super(channel, board);
        }

        @Override
        byte[] exchange(Call call) {
            asked.add(call);
            if (draining.compareAndSet(false, true)) {
                channel.eventLoop().execute(this::drain);
            }
            return call.await();
        }

        private void drain() {
            // First, so that whoever comes after the last poll asks for another turn.
            draining.set(false);
            ByteBuf lines = channel.alloc().directBuffer(RECEIVE_BYTES);
            for (Call call = asked.poll(); call != null; call = asked.poll()) {
                lines.writeBytes(call.request);
                unanswered.add(call);
            }
            ChannelFuture unused = channel.writeAndFlush(lines, channel.voidPromise());
        }
    }
}
