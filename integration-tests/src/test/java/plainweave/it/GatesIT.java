package plainweave.it;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

/** Fails the build where containers are required and cannot be had, whatever becomes of the tests that need them. */
final class DockerGateIT {

    @Test
    void containersAreThereWhereTheyAreRequired() {
        assertThatCode(Docker::verdict).doesNotThrowAnyException();
    }
}
