package plainweave.pool;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plainweave.call.Dns;
import plainweave.testing.EchoServer;

/** Echo servers at one port of several loopback addresses: 127.0.0.1, 127.0.0.2 and so on, numbered from 1. */
public final class Neighbours implements AutoCloseable {
    private static final int MOST_TRIES = 20;

    private final List<EchoServer> servers;

    private Neighbours(List<EchoServer> servers) {
        this.servers = servers;
    }

    /** A port that is free at the first address may be in use at another one; then the next is tried. */
    public static Neighbours start(int count) {
        for (int tries = 1; ; tries++) {
            List<EchoServer> servers = new ArrayList<>();
            try {
                int port = 0;
                for (int i = 1; i <= count; i++) {
                    servers.add(EchoServer.startAt(new InetSocketAddress(address(i), port)));
                    port = servers.getFirst().port();
                }
                return new Neighbours(servers);
            } catch (UncheckedIOException e) {
                servers.forEach(EchoServer::close);
                if (tries == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    /** One server at another address. */
    public static Neighbours startAt(InetAddress address) {
        return new Neighbours(List.of(EchoServer.startAt(new InetSocketAddress(address, 0))));
    }

    /** A resolver that knows these for any name. */
    public static Dns answering(Integer... numbers) {
        List<InetAddress> addresses =
                Arrays.stream(numbers).map(Neighbours::address).toList();
        return host -> addresses;
    }

    public static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) number});
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an address", e);
        }
    }

    public int port() {
        return servers.getFirst().port();
    }

    public EchoServer server(int number) {
        return servers.get(number - 1);
    }

    @Override
    public void close() {
        servers.forEach(EchoServer::close);
    }
}
