package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Network;

/** A client follows a name of the engine's own DNS from one server to another. */
@NeedsDocker
final class DnsMoveIT {
    private static final int TTL_MILLIS = 1_000;

    /** A busy machine may run the client's threads that much later than the control's. */
    private static final int LATE_MILLIS = 500;

    @Test
    void aNameThatMovesTakesItsConnectionsAlong() throws Exception {
        String name = "plainweave-echo-" + UUID.randomUUID();
        try (Network network = Network.newNetwork();
                ServerContainer before =
                        ServerContainer.socat().withNetwork(network).named(name);
                ServerContainer after =
                        ServerContainer.socat().withNetwork(network).named(name + "-next");
                ServerContainer follower =
                        ServerContainer.java(Follower.class, name + ":7").withNetwork(network)) {
            before.start();
            after.start();
            follower.start();
            Eventually.is("it follows", () -> follower.said().contains("following"));

            rename(before, name + "-former");
            rename(after, name);

            Eventually.is("it is done", () -> follower.said().contains("Follower calls="));
            Map<String, Long> seen = lastLine(follower.said());
            System.out.println(seen);
            assertThat(seen.get("failed")).as(follower.said()).isZero();
            assertThat(seen.get("new_after_ms")).isLessThanOrEqualTo(TTL_MILLIS + LATE_MILLIS);
            assertThat(seen.get("old_until_ms")).isLessThanOrEqualTo(TTL_MILLIS + LATE_MILLIS);
            assertThat(seen.get("idle_of_before")).isZero();
            assertThat(seen.get("moved")).isGreaterThanOrEqualTo(8);
            assertThat(seen.get("answers_until_gone")).isEqualTo(2);
        }
    }

    private static void rename(ServerContainer container, String name) {
        DockerClientFactory.lazyClient()
                .renameContainerCmd(container.getContainerId())
                .withName(name)
                .exec();
    }

    private static Map<String, Long> lastLine(String logs) {
        String last = logs.lines()
                .filter(line -> line.startsWith("Follower "))
                .findFirst()
                .orElseThrow();
        Map<String, Long> values = new HashMap<>();
        for (String pair : last.substring("Follower ".length()).split(" ")) {
            int equals = pair.indexOf('=');
            values.put(pair.substring(0, equals), Long.valueOf(pair.substring(equals + 1)));
        }
        return values;
    }
}
