package plainweave.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * How TCP sockets are set up. No delay always: a request is one write, and waiting for more would only cost time (RFC 896).
 *
 * @param keepAlive after how much silence TCP asks whether the peer is still there, in whole seconds; zero never to ask
 * @param localAddress to connect from; null for the system's choice
 */
public record SocketSettings(Duration keepAlive, @Nullable InetAddress localAddress) {
    void applyTo(SocketChannel channel, SocketAddress peer) throws IOException {
        if (!(peer instanceof InetSocketAddress)) {
            return;
        }
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (keepAlive.isPositive()) {
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            try {
                channel.setOption(
                        ExtendedSocketOptions.TCP_KEEPIDLE, (int) Math.min(Short.MAX_VALUE, keepAlive.toSeconds()));
            } catch (UnsupportedOperationException e) {
                // then the system's idle time holds, two hours as a rule
            }
        }
        if (localAddress != null) {
            bind(channel, localAddress);
        }
    }

    /** The system's words do not say which address it was. */
    private static void bind(SocketChannel channel, InetAddress local) throws IOException {
        try {
            channel.bind(new InetSocketAddress(local, 0));
        } catch (IOException e) {
            throw new SocketException(
                    "cannot connect from local address " + local.getHostAddress() + ": " + e.getMessage(), e);
        }
    }
}
