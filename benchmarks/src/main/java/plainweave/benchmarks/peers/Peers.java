package plainweave.benchmarks.peers;

import java.util.List;

/** The peers there are, in the order of the tables; Plainweave first, since every ratio is against it. */
public final class Peers {

    /** The name of the peer all others are compared with. */
    public static final String OURS = "plainweave";

    /** Every peer. */
    public static final List<Peer> ALL = List.of(
            new Plainweave(),
            new BareChannel(),
            new NettyEpoll(),
            new CommonsPool2Socket(),
            new CEpoll(),
            new Go(),
            Asyncio.streams(),
            Asyncio.uvloopStreams(),
            Asyncio.uvloopProtocol(),
            new Jedis(),
            new Lettuce(),
            new RedisBenchmark());

    private Peers() {}
}
