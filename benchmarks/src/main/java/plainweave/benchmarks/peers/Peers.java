package plainweave.benchmarks.peers;

import java.util.List;
import java.util.stream.Stream;

/** The peers there are, in the order of the tables; Plainweave first, since every ratio is against it. */
public final class Peers {

    /** The name of the peer all others are compared with. */
    public static final String OURS = "plainweave";

    /** Every peer. */
    public static final List<Peer> ALL = List.of(
            new Plainweave(false),
            new BareChannel(),
            new NettyEpoll(),
            new NettyPool(NettyPeer.BEST_LOOPS),
            NettyPipelinedVt.gathering(),
            NettyPipelinedVt.consolidatingFlushes(),
            new VtSocket(),
            CommonsPool2Socket.fair(),
            CommonsPool2Socket.unfair(),
            CommonsPool2Socket.defaults(),
            new Go(),
            Asyncio.streams(),
            Asyncio.uvloopStreams(),
            Asyncio.uvloopProtocol(),
            new CEpoll(),
            new Jedis(),
            new Lettuce(),
            new RedisBenchmark());

    /** Ours with its meters on: what {@code arena.metrics} adds. */
    public static final Peer METERED = new Plainweave(true);

    /** Netty's pool with as many loops as Netty makes unless told otherwise: what {@code arena.pin=false} adds. */
    public static final Peer NETTY_DEFAULTS = new NettyPool(0);

    private Peers() {}

    /** The peer of this name. */
    public static Peer named(String name) {
        return Stream.concat(ALL.stream(), Stream.of(METERED, NETTY_DEFAULTS))
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
