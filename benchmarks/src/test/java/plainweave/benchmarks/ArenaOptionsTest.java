package plainweave.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import org.junit.jupiter.api.Test;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.jobs.Jobs;
import plainweave.benchmarks.peers.Peer;
import plainweave.benchmarks.peers.Peers;

class ArenaOptionsTest {

    @Test
    void emptyMeansUnset() {
        ArenaOptions options = ArenaOptions.from(said("arena.job", "", "arena.peers", " ", "arena.pin", ""));

        assertThat(options.jobs()).isEqualTo(Jobs.ALL);
        assertThat(options.peers()).isEqualTo(Peers.ALL);
        assertThat(options.rounds()).isGreaterThanOrEqualTo(5);
        assertThat(options.pin()).isTrue();
    }

    @Test
    void jobsAndPeersAreChosenByName() {
        ArenaOptions options =
                ArenaOptions.from(said("arena.job", "serial-64", "arena.peers", "c-epoll, bare-channel"));

        assertThat(options.jobs()).extracting(Job::name).containsExactly("serial-64");
        assertThat(options.peers()).extracting(Peer::name).containsExactly("bare-channel", "c-epoll");
    }

    @Test
    void unknownNamesAreAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> ArenaOptions.from(said("arena.job", "serial-65")))
                .hasMessageContaining("serial-65")
                .hasMessageContaining("serial-1, serial-64, serial-1000, serial-8000, pooled-1000x64");
        assertThatThrownBy(() -> ArenaOptions.from(said("arena.peers", "c-epoll,netty")))
                .hasMessageContaining("arena.peers=netty")
                .hasMessageContaining("netty-epoll");
    }

    @Test
    void variantsHaveNamesOfTheirOwn() {
        assertThat(ArenaOptions.from(said("arena.job", "connect", "arena.deadlines", "true"))
                        .jobs())
                .extracting(Job::name)
                .containsExactly("connect-deadlines");
        assertThat(ArenaOptions.from(said("arena.job", "connect", "arena.deadlines", "false"))
                        .jobs())
                .extracting(Job::name)
                .containsExactly("connect");
    }

    @Test
    void everyVariantIsTheSameLoad() {
        for (Job job : Jobs.ALL) {
            Job variant = Jobs.named(job.name() + "-deadlines-metrics");

            assertThat(variant.deadlines()).isTrue();
            assertThat(variant)
                    .returns(job.callers(), Job::callers)
                    .returns(job.connections(), Job::connections)
                    .returns(job.unsharedConnections(), Job::unsharedConnections)
                    .returns(job.connects(), Job::connects)
                    .returns(job.depth(), Job::depth)
                    .returns(job.service(), Job::service)
                    .returns(job.pooled(), Job::pooled);
        }
    }

    @Test
    void whatIsNotAtItsBestPlaysOnlyWhereItTells() {
        assertThat(Peers.ALL.stream().filter(Peer::asFound))
                .hasSize(2)
                .allSatisfy(peer -> assertThat(Jobs.ALL.stream().filter(peer::plays))
                        .extracting(Job::name)
                        .containsExactly("pooled-1000x64"));
    }

    @Test
    void metersAreComparedWithOursWithoutThem() {
        ArenaOptions options = ArenaOptions.from(said("arena.peers", "netty-epoll", "arena.metrics", "true"));

        assertThat(options.peers())
                .extracting(Peer::name)
                .containsExactly("plainweave", "plainweave-metrics", "netty-epoll");
        assertThat(options.jobs()).extracting(Job::name).contains("serial-64-metrics");
    }

    @Test
    void withoutPinningNettysPoolAlsoPlaysAtItsDefaults() {
        assertThat(ArenaOptions.from(said("arena.peers", "plainweave,netty-pool", "arena.pin", "false"))
                        .peers())
                .extracting(Peer::name)
                .containsExactly("plainweave", "netty-pool", "netty-pool-defaults");
        assertThat(ArenaOptions.from(said("arena.peers", "plainweave,netty-pool"))
                        .peers())
                .extracting(Peer::name)
                .containsExactly("plainweave", "netty-pool");
    }

    @Test
    void clientsRunOnTheJavaThatIsAskedFor() {
        assertThat(ArenaOptions.from(said("arena.java", "/there/bin/java")).java())
                .isEqualTo("/there/bin/java");
        assertThat(ArenaOptions.from(said("arena.java", "")).java()).endsWith("java");
    }

    @Test
    void nonsenseNamesTheOptionAndTheValue() {
        assertThatThrownBy(() -> ArenaOptions.from(said("arena.rounds", "0"))).hasMessageContaining("arena.rounds=0");
        assertThatThrownBy(() -> ArenaOptions.from(said("arena.seconds", "4s")))
                .hasMessageContaining("arena.seconds=4s");
        assertThatThrownBy(() -> ArenaOptions.from(said("arena.pin", "no"))).hasMessageContaining("arena.pin=no");
    }

    private static Properties said(String... namesAndValues) {
        Properties said = new Properties();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            said.setProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return said;
    }
}
