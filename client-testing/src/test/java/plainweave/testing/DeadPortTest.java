package plainweave.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static plainweave.testing.FaultServer.script;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(20)
class DeadPortTest {
    private static final int GLIMPSE_MILLIS = 100;

    @Test
    void aRefusingPortRefuses() throws Exception {
        try (DeadPort port = FaultServer.refusing()) {
            assertThrows(ConnectException.class, () -> new Client(port.address()));
        }
    }

    @Test
    void aRefusingPortIsReservedUntilClosed() throws Exception {
        InetSocketAddress address;
        try (DeadPort port = FaultServer.refusing()) {
            address = port.address();
            assertThrows(UncheckedIOException.class, () -> FaultServer.startAt(port.address(), script()));
        }
        FaultServer.startAt(address, script()).close();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void connectsToABlackholeHang() throws Exception {
        try (DeadPort port = FaultServer.blackhole();
                Socket client = new Socket()) {
            assertThrows(SocketTimeoutException.class, () -> client.connect(port.address(), GLIMPSE_MILLIS));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void onePortMayBeAliveAtOneAddressAndDeadAtOthers() throws Exception {
        try (FaultServer alive = FaultServer.start(script().reply("here"));
                DeadPort refusing = FaultServer.refusingAt(new InetSocketAddress("127.0.0.2", alive.port()));
                DeadPort hanging = FaultServer.blackholeAt(new InetSocketAddress("127.0.0.3", alive.port()));
                Client client = new Client(alive.address());
                Socket hangs = new Socket()) {
            assertEquals("here", client.read(4));
            assertThrows(ConnectException.class, () -> new Client(refusing.address()));
            assertThrows(SocketTimeoutException.class, () -> hangs.connect(hanging.address(), GLIMPSE_MILLIS));
        }
    }
}
