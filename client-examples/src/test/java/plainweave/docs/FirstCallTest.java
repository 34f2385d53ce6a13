package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.EchoServer;

class FirstCallTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    @Test
    void theProgramPrintsWhatComesBack() {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Hello.main(new String[0]);
        } finally {
            System.setOut(before);
        }

        assertThat(printed.toString(StandardCharsets.UTF_8).strip()).isEqualTo("hello");
    }

    @Test
    void aRemoteIsMadeIntoAnother() {
        try (EchoServer server = EchoServer.start();
                EchoServer other = EchoServer.start();
                Client client = Client.create()) {
            Remote<String, String> echo = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            Endpoint elsewhere = Endpoint.of(other.host(), other.port());
            // region variations
            Remote<String, String> quick = echo.within(Duration.ofMillis(250)); // instead of 30 s
            Remote<String, String> urgent = quick.with(Priority.URGENT); // goes first where callers wait
            String reply = urgent.at(elsewhere).call("hello"); // the same protocol, another peer
            // endregion

            assertThat(reply).isEqualTo("hello");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void aThousandCallersShareThirtyTwoConnections() throws Exception {
        try (EchoServer server = EchoServer.start();
                Client client = Client.create()) {
            Remote<String, String> echo = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            // region callers
            List<Future<String>> replies = new ArrayList<>();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 1_000; i++) {
                    String request = "request " + i;
                    replies.add(callers.submit(() -> echo.call(request)));
                }
            } // waits for them
            // endregion

            for (int i = 0; i < replies.size(); i++) {
                assertThat(replies.get(i).get()).isEqualTo("request " + i);
            }
            assertThat(server.connections()).isBetween(1, 32);
        }
    }
}
