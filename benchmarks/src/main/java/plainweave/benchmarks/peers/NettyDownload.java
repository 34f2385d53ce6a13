package plainweave.benchmarks.peers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.EOFException;
import java.net.InetSocketAddress;
import plainweave.benchmarks.client.Chunks;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;

/** The download with Netty: chunks are checked in the buffers they came in. */
final class NettyDownload extends ChannelInboundHandlerAdapter {

    private static final int BUFFER = 256 * 1024;

    private final Chunks chunks = new Chunks(Chunks.PER_DOWNLOAD);
    private final Scoreboard board;
    private final Line line;
    private long since;

    private NettyDownload(Scoreboard board) {
        this.board = board;
        this.line = board.newCaller(0);
    }

    static void start(Job job, InetSocketAddress server, Scoreboard board) throws InterruptedException {
        NettyPeer.bootstrap(BUFFER)
                .handler(NettyPeer.channels(job, channel -> new NettyDownload(board)))
                .connect(server)
                .sync();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        since = System.nanoTime();
        askWhenOver(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            chunks.take(bytes.nioBuffer());
        } finally {
            bytes.release();
        }
        while (chunks.exchange()) {
            long now = System.nanoTime();
            line.next();
            board.exchanged(now - since);
            since = now;
        }
        askWhenOver(context);
    }

    private void askWhenOver(ChannelHandlerContext context) {
        if (chunks.over()) {
            // The void promise hands its failure to exceptionCaught, so there is nothing to ask the future.
            ChannelFuture unused = context.writeAndFlush(
                    Unpooled.wrappedBuffer(Chunks.request(Chunks.PER_DOWNLOAD)), context.voidPromise());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable why) {
        board.failed(why);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        board.failed(new EOFException("the server closed the connection"));
    }
}
