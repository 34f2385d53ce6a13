package plainweave.it;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

/** Fails the build where something is required and cannot be had, whatever becomes of the tests that need it. */
final class GatesIT {

    @Test
    void containersAreThereWhereTheyAreRequired() {
        assertThatCode(Gate.DOCKER::verdict).doesNotThrowAnyException();
    }

    @Test
    void aBrowserIsThereWhereItIsRequired() {
        assertThatCode(Gate.BROWSER::verdict).doesNotThrowAnyException();
    }
}
