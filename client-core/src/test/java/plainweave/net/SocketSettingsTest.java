package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class SocketSettingsTest {
    private static final SocketAddress PEER = new InetSocketAddress("127.0.0.1", 7);

    private static SocketChannel set(Duration keepAlive, @Nullable InetAddress local) throws IOException {
        SocketChannel channel = SocketChannel.open();
        new SocketSettings(keepAlive, local).applyTo(channel, PEER);
        return channel;
    }

    @Test
    void noDelayIsAlwaysOn() throws IOException {
        try (SocketChannel channel = set(Duration.ZERO, null)) {
            assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void keepAliveAsksAfterItsTime() throws IOException {
        try (SocketChannel channel = set(Duration.ofSeconds(60), null)) {
            assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(60);
        }
        try (SocketChannel channel = set(Duration.ofDays(36_500), null)) {
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE))
                    .as("the most the system takes")
                    .isEqualTo(32_767);
        }
    }

    @Test
    void aKeepAliveOfZeroNeverAsks() throws IOException {
        try (SocketChannel channel = set(Duration.ZERO, null)) {
            assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
        }
    }

    @Test
    void theSystemChoosesTheLocalAddressUnlessOneIsGiven() throws IOException {
        try (SocketChannel channel = set(Duration.ZERO, null)) {
            assertThat(channel.getLocalAddress()).isNull();
        }
        try (SocketChannel channel = set(Duration.ZERO, InetAddress.getByName("127.0.0.1"))) {
            assertThat(((InetSocketAddress) channel.getLocalAddress()).getAddress())
                    .isEqualTo(InetAddress.getByName("127.0.0.1"));
        }
    }

    @Test
    void aLocalAddressOfAnotherMachineIsNamed() {
        assertThatThrownBy(() -> set(Duration.ZERO, InetAddress.getByName("192.0.2.1")))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot connect from local address 192.0.2.1: ");
    }

    @Test
    void aUnixDomainSocketHasNoneOfThem() throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            new SocketSettings(Duration.ofSeconds(60), InetAddress.getLoopbackAddress())
                    .applyTo(channel, UnixDomainSocketAddress.of("/run/some.sock"));
            assertThat(channel.isOpen()).isTrue();
        }
    }
}
