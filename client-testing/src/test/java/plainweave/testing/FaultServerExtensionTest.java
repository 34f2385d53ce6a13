package plainweave.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static plainweave.testing.Client.SOON;
import static plainweave.testing.FaultServer.script;

import java.io.EOFException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(20)
class FaultServerExtensionTest {

    @RegisterExtension
    final FaultServerExtension server =
            FaultServerExtension.playing(script().reply("1")).strict();

    @Test
    void theServerRunsDuringATest() throws Exception {
        assertEquals("1", read(server.address()));
        assertEquals(1, server.server().connections());
        assertEquals(new InetSocketAddress(server.host(), server.port()), server.address());
    }

    @Test
    void theScriptMayBeChanged() throws Exception {
        assertEquals("1", read(server.address()));
        server.play(script().reply("2").then(script().reply("3")));
        assertEquals("2", read(server.address()));
        assertEquals("3", read(server.address()));
        assertEquals("3", read(server.address()));
    }

    @Test
    void anOpenConnectionGoesOnWithItsScript() throws Exception {
        server.play(script().readLine().reply("old"));
        try (Client client = new Client(server.address())) {
            server.server().awaitConnections(1, SOON);
            server.play(script().reply("new"));
            assertEquals("new", read(server.address()));
            assertEquals("old", client.call("hello\n", 3));
        }
    }

    @Test
    void eachTestHasAServerOfItsOwn() {
        FaultServerExtension extension = FaultServerExtension.playing(script().stall());
        assertThrows(IllegalStateException.class, extension::server);
        extension.beforeEach(ended(null));
        InetSocketAddress first = extension.address();
        extension.afterEach(ended(null));
        assertThrows(ConnectException.class, () -> new Client(first));
        extension.beforeEach(ended(null));
        assertEquals(0, extension.server().connections());
        extension.afterEach(ended(null));
    }

    @Test
    void aScriptThatFailedFailsAStrictTest() throws Exception {
        FaultServerExtension extension =
                FaultServerExtension.playing(script().readLine()).strict();
        leaveInsideAFrame(extension);
        AssertionError error = assertThrows(AssertionError.class, () -> extension.afterEach(ended(null)));
        assertEquals(EOFException.class, error.getSuppressed()[0].getClass());
        assertThrows(IllegalStateException.class, extension::server);
    }

    @Test
    void aScriptMayFailOtherwise() throws Exception {
        FaultServerExtension extension = FaultServerExtension.playing(script().readLine());
        leaveInsideAFrame(extension);
        extension.afterEach(ended(null));
    }

    @Test
    void aTestThatFailedShowsWhatFailedInItsScripts() throws Exception {
        FaultServerExtension extension =
                FaultServerExtension.playing(script().readLine()).strict();
        leaveInsideAFrame(extension);
        AssertionError failure = new AssertionError("the test's own");
        extension.afterEach(ended(failure));
        assertEquals(EOFException.class, failure.getSuppressed()[0].getClass());
    }

    private static void leaveInsideAFrame(FaultServerExtension extension) throws Exception {
        extension.beforeEach(ended(null));
        try (Client client = new Client(extension.address())) {
            client.send("half");
        }
        extension.server().awaitConnections(1, SOON);
        extension.server().awaitOpen(0, SOON);
    }

    private static String read(InetSocketAddress address) throws Exception {
        try (Client client = new Client(address)) {
            return client.read(10);
        }
    }

    /** JUnit's word on a test: the extension asks for nothing but how it ended. */
    private static ExtensionContext ended(Throwable failure) {
        return (ExtensionContext) Proxy.newProxyInstance(
                FaultServerExtensionTest.class.getClassLoader(),
                new Class<?>[] {ExtensionContext.class},
                (proxy, method, arguments) -> Optional.ofNullable(failure));
    }
}
