package plainweave.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.jobs.Jobs;
import plainweave.benchmarks.peers.Launch;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.peers.Peers;
import plainweave.benchmarks.process.Child;
import plainweave.benchmarks.process.Cores;
import plainweave.benchmarks.process.Programs;
import plainweave.benchmarks.server.Server;

/** Peers that are programs of their own make exchanges and tell of them as the arena expects. */
@EnabledOnOs(OS.LINUX)
class ArenaPeersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParameterizedTest
    @Timeout(120)
    @CsvSource({
        "serial-64, go",
        "pooled-1000x64, go",
        "connect, go",
        "serial-64, asyncio-streams",
        "serial-64-deadlines, netty-pool",
        "pooled-1000x64, commons-pool2-unfair",
        "pooled-1000x64, uvloop-streams",
        "pooled-1000x64, uvloop-protocol",
        "connect-deadlines, go",
        "pooled-1000x64-deadlines, asyncio-streams",
        "connect-deadlines, uvloop-streams",
        "serial-64-deadlines, uvloop-protocol",
        "connect-deadlines, uvloop-protocol",
        "redis-1000, plainweave",
        "redis-1000, jedis",
        "redis-1000, lettuce",
        "redis-1000, redis-benchmark",
        "stream-4g, plainweave",
        "stream-4g, bare-channel",
        "stream-4g, c-epoll",
        "stream-10gbit, plainweave",
        "stream-4g-deadlines, go",
        "stream-4g-deadlines, netty-epoll",
        "stream-4g-deadlines, uvloop-protocol"
    })
    void exchangesAndTellsOfThem(String jobName, String peerName) throws Exception {
        Job job = Jobs.named(jobName);
        Peer peer = Peers.named(peerName);
        assertThat(peer.plays(job)).isTrue();
        Optional<String> missing = peer.missing();
        assumeTrue(missing.isEmpty(), () -> peerName + " " + missing.orElse(""));
        Optional<String> serverMissing = job.service().missing();
        assumeTrue(serverMissing.isEmpty(), () -> jobName + " " + serverMissing.orElse(""));
        Programs programs = new Programs();
        try (Server server = Server.start(job.service(), Cores.share(false), programs, PATIENCE)) {
            Launch launch =
                    new Launch(server.port(), PATIENCE, Child.ownJava(), List.of("-XX:TieredStopAtLevel=1"), programs);
            try (Child client = Child.start(peerName, peer.command(job, launch))) {
                client.await("ready", PATIENCE);
                String result = "result exchanges=0 ";
                // An exchange may stand in the window and not yet with its caller when a window is as short as these.
                while (result.contains("exchanges=0 ") || result.endsWith("most=0")) {
                    client.say("start");
                    client.await("started", PATIENCE);
                    client.say("stop");
                    client.await("stopped", PATIENCE);
                    result = client.await("result", PATIENCE);
                }

                assertThat(result)
                        .matches("exchanges=\\d+ p50_ns=[1-9]\\d* p99_ns=\\d+( p999_ns=\\d+)? max_ns=\\d+"
                                + "( callers=[1-9]\\d* fewest=\\d+ most=[1-9]\\d*)?");
            }
        }
    }

    @Test
    void aPeerThatDoesNotGetReadyFailsWithAReason() throws Exception {
        try (Child client = Child.start("silent", List.of("cat"))) {
            assertThatThrownBy(() -> client.await("ready", Duration.ofMillis(10)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("silent did not say 'ready'");
        }
    }
}
