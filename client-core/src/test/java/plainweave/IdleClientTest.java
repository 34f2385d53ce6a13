package plainweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.call.Endpoint;
import plainweave.codec.Codecs;
import plainweave.testing.EchoServer;

class IdleClientTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    private static List<Thread> ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("plainweave-"))
                .toList();
    }

    @Test
    void anIdleClientCostsTwoParkedThreadsAndLookupThreadsThatEndByThemselves() {
        Set<Thread> before = Set.copyOf(ours());
        try (EchoServer server = EchoServer.start()) {
            Client client = atRest.client();
            client.remote(Endpoint.of("localhost", server.port()), Codecs.lines())
                    .call("x");
            List<Thread> mine = ours().stream().filter(t -> !before.contains(t)).toList();
            assertThat(mine.stream().map(Thread::getName).filter(n -> !n.startsWith("plainweave-dns")))
                    .containsExactlyInAnyOrder("plainweave-watchdog", "plainweave-housekeeper");
            Callers.until("the lookup threads have ended and the others are parked", () -> {
                Set<Thread> alive = mine.stream().filter(Thread::isAlive).collect(Collectors.toSet());
                return alive.size() == 2
                        && alive.stream()
                                .allMatch(t -> t.getState() == Thread.State.TIMED_WAITING
                                        || t.getState() == Thread.State.WAITING);
            });
        }
    }
}
