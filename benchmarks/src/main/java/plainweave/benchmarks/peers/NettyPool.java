package plainweave.benchmarks.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.pool.AbstractChannelPoolHandler;
import io.netty.channel.pool.ChannelHealthChecker;
import io.netty.channel.pool.ChannelPool;
import io.netty.channel.pool.FixedChannelPool;
import io.netty.channel.pool.FixedChannelPool.AcquireTimeoutAction;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;

/** Netty's own pool on its native transport: the nearest thing to ours on an event loop. */
public final class NettyPool extends NettyPeer {

    private static final AttributeKey<Exchange> EXCHANGE = AttributeKey.valueOf("exchange");

    private static final long NO_TIMEOUT = -1;

    private final int loops;

    /** On so many event loops; 0 for Netty's default. */
    NettyPool(int loops) {
        this.loops = loops;
    }

    @Override
    public String name() {
        return loops == 0 ? "netty-pool-defaults" : "netty-pool";
    }

    @Override
    public String about(Job job) {
        String waits = job.deadlines() ? "at most " + TIMEOUT_SECONDS + " s" : "without a limit";
        return (loops == 0 ? settings("as many event loops as Netty makes by default, two for each core") : SETTINGS)
                + "; callers are state machines on the loop and acquire from a FixedChannelPool of "
                + job.connections() + " for every exchange anew, waiting " + waits + "; ReadTimeoutHandler of "
                + TIMEOUT_SECONDS + " s on every channel";
    }

    @Override
    public boolean plays(Job job) {
        return job.service() == Service.ECHO && job.depth() == 0 && !job.connects();
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        Bootstrap bootstrap = bootstrap(loops, ONE_LINE).remoteAddress(server);
        Queue<Borrower> newcomers = new ConcurrentLinkedQueue<>();
        ChannelPool pool = new FixedChannelPool(
                bootstrap,
                new Channels(newcomers, board),
                ChannelHealthChecker.ACTIVE,
                job.deadlines() ? AcquireTimeoutAction.FAIL : null,
                job.deadlines() ? TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS) : NO_TIMEOUT,
                job.connections(),
                job.callers());
        for (int i = 0; i < job.callers(); i++) {
            newcomers.add(new Borrower(board.newCaller(i), pool, board));
        }
        // Each of the others follows upon a reply, because the pool would open a channel for all of them at once.
        bootstrap.config().group().execute(() -> {
            for (int i = 0; i < OPENING_AT_ONCE && !newcomers.isEmpty(); i++) {
                newcomers.remove().begin();
            }
        });
    }

    private static final class Channels extends AbstractChannelPoolHandler {
        private final Queue<Borrower> newcomers;
        private final Scoreboard board;

        Channels(Queue<Borrower> newcomers, Scoreboard board) {
            this.newcomers = newcomers;
            this.board = board;
        }

        @Override
        public void channelCreated(Channel channel) {
            Exchange exchange = new Exchange(newcomers, board);
            channel.attr(EXCHANGE).set(exchange);
            channel.pipeline().addLast(readTimeout(), exchange);
        }
    }

    /** A caller that takes what channel there is, and gives it back after one exchange. */
    private static final class Borrower extends Caller implements FutureListener<Channel> {
        private final ChannelPool pool;
        private final Scoreboard board;

        Borrower(Line line, ChannelPool pool, Scoreboard board) {
            super(line);
            this.pool = pool;
            this.board = board;
        }

        void begin() {
            since = System.nanoTime();
            acquire();
        }

        void acquire() {
            Future<Channel> unused = pool.acquire().addListener(this);
        }

        @Override
        public void operationComplete(Future<Channel> acquired) {
            if (acquired.isSuccess()) {
                acquired.getNow().attr(EXCHANGE).get().send(this);
            } else {
                board.failed(acquired.cause());
            }
        }

        void giveBack(Channel channel) {
            Future<Void> unused = pool.release(channel);
        }
    }

    private static final class Exchange extends OneExchange<Borrower> {
        private final Queue<Borrower> newcomers;

        Exchange(Queue<Borrower> newcomers, Scoreboard board) {
            super(board);
            this.newcomers = newcomers;
        }

        @Override
        void replied(Channel channel, Borrower borrower) {
            borrower.since = count(borrower);
            borrower.giveBack(channel);
            borrower.acquire();
            Borrower newcomer = newcomers.poll();
            if (newcomer != null) {
                newcomer.begin();
            }
        }
    }
}
