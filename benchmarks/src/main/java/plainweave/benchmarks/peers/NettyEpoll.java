package plainweave.benchmarks.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** Netty's native transport with nothing on top: the event loop at its best. */
public final class NettyEpoll extends NettyPeer {

    @Override
    public String name() {
        return "netty-epoll";
    }

    @Override
    public String about(Job job) {
        String settings = SETTINGS + ", void promises" + deadlines(job);
        if (job.streams()) {
            return settings + "; chunks are checked in the buffers of 256 KiB they come in";
        }
        if (job.depth() > 0) {
            return settings + ". " + CEpoll.UNSHARED;
        }
        return job.pooled() ? settings + "; callers wait in a deque on the loop for the next free channel" : settings;
    }

    @Override
    public boolean plays(Job job) {
        return job.service() != Service.REDIS;
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) throws InterruptedException {
        if (job.streams()) {
            NettyDownload.start(job, server, board);
            return;
        }
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < job.callers(); i++) {
            callers.add(new Caller(board.newCaller(i)));
        }
        Bootstrap bootstrap = bootstrap();
        if (job.connects()) {
            bootstrap.disableResolver();
            bootstrap.config().group().execute(() -> {
                for (Caller caller : callers) {
                    new Dialling(caller, job, bootstrap, server, board).dial();
                }
            });
            return;
        }
        Waiting waiting = new Waiting(callers);
        bootstrap.handler(channels(job, channel -> new Exchanges(waiting, board)));
        List<Channel> unused = connect(bootstrap, server, job.unsharedConnections());
    }

    /** A caller that connects for every exchange. */
    @ChannelHandler.Sharable
    private static final class Dialling extends OneExchange<Caller> {
        private final Caller dialling;
        private final ChannelHandler handler;
        private final Bootstrap bootstrap;
        private final InetSocketAddress server;

        Dialling(Caller dialling, Job job, Bootstrap bootstrap, InetSocketAddress server, Scoreboard board) {
            super(board);
            this.dialling = dialling;
            // An initializer would be one more handler for each channel.
            this.handler = job.deadlines() ? channels(job, channel -> this) : this;
            this.bootstrap = bootstrap;
            this.server = server;
            dialling.since = System.nanoTime();
        }

        void dial() {
            ChannelFuture unused = bootstrap.handler(handler).connect(server).addListener(dialled -> {
                if (!dialled.isSuccess()) {
                    board.failed(dialled.cause());
                }
            });
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            send(dialling);
        }

        @Override
        void replied(Channel channel, Caller caller) {
            ended();
            ChannelFuture unused = channel.close();
            caller.since = count(caller);
            dial();
        }
    }

    /** Who waits for a channel. Touched only by the loop once it has started. */
    private static final class Waiting {
        private final Queue<Caller> callers;

        Waiting(List<Caller> callers) {
            long now = System.nanoTime();
            callers.forEach(caller -> caller.since = now);
            this.callers = new ArrayDeque<>(callers);
        }

        void join(Caller caller, long now) {
            caller.since = now;
            callers.add(caller);
        }

        // With a channel each, the caller that has just joined is the only one, and gets its own channel back.
        Caller next() {
            return callers.remove();
        }
    }

    private static final class Exchanges extends OneExchange<Caller> {
        private final Waiting waiting;

        Exchanges(Waiting waiting, Scoreboard board) {
            super(board);
            this.waiting = waiting;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            send(waiting.next());
        }

        @Override
        void replied(Channel channel, Caller caller) {
            waiting.join(caller, count(caller));
            send(waiting.next());
        }
    }
}
