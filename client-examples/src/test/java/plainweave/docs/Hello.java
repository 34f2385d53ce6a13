package plainweave.docs;

// region program
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.testing.EchoServer;

public final class Hello {
    public static void main(String[] args) {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Endpoint endpoint = Endpoint.of(server.host(), server.port());
            Remote<String, String> echo = client.remote(endpoint, Codecs.lines());
            System.out.println(echo.call("hello"));
        }
    }
}
// endregion
