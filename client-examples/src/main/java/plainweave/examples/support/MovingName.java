package plainweave.examples.support;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import plainweave.call.Dns;
import plainweave.call.Endpoint;
import plainweave.testing.EchoServer;

/** A name, and echo servers at the same port of 127.0.0.1, 127.0.0.2 and on, to which it leads one after the other. Not thread-safe but for {@link #resolve}. */
public final class MovingName implements Dns, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FIRST = 0x7F00_0001;
    private static final int MOST_TRIES = 20;

    private final List<EchoServer> servers;
    private final AtomicInteger at = new AtomicInteger();

    private MovingName(List<EchoServer> servers) {
        this.servers = servers;
    }

    /**
     * Starts the servers; a port that is free at the first address may be in use at another one, and then the next is tried.
     *
     * @throws Complaint if this machine lacks an address
     */
    public static MovingName start(int addresses) {
        for (int tries = 1; ; tries++) {
            List<EchoServer> servers = new ArrayList<>();
            try {
                int port = 0;
                for (int i = 0; i < addresses; i++) {
                    servers.add(EchoServer.startAt(new InetSocketAddress(address(i), port)));
                    port = servers.getFirst().port();
                }
                return new MovingName(servers);
            } catch (UncheckedIOException e) {
                servers.forEach(EchoServer::close);
                if (tries == MOST_TRIES) {
                    throw new Complaint(String.valueOf(e.getMessage()));
                }
            }
        }
    }

    private static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(
                    ByteBuffer.allocate(Integer.BYTES).putInt(FIRST + number).array());
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an address", e);
        }
    }

    @Override
    public List<InetAddress> resolve(String host) {
        return List.of(servers.get(at.get()).address().getAddress());
    }

    /** The name, with the port. */
    public Endpoint endpoint() {
        return Endpoint.of("service.example", servers.getFirst().port());
    }

    /** The address that it leads to now. */
    public String address() {
        return servers.get(at.get()).host();
    }

    /**
     * Leads to the next address, waits until no connection is left at the one before, and switches that server off. There should be one.
     *
     * @return how long it took until none was left
     */
    public Duration move() {
        EchoServer old = servers.get(at.getAndIncrement());
        long start = System.nanoTime();
        try {
            old.awaitOpen(0, PATIENCE);
        } catch (InterruptedException e) {
            throw new Complaint("interrupted while connections were moving");
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        old.close();
        return took;
    }

    @Override
    public void close() {
        servers.forEach(EchoServer::close);
    }
}
