package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Fails the build where containers are required and cannot be had, even if no other test in containers is asked for. */
final class DockerGateIT {

    @Test
    void containersRunUnlessTheSettingAllowsOtherwise() {
        Docker.Verdict verdict = Docker.verdict();

        assertThat(verdict.run() || !System.getProperty("it.docker", "auto").equals("required"))
                .as(verdict.reason())
                .isTrue();
    }
}
