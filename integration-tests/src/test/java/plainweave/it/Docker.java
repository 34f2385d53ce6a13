package plainweave.it;

import java.util.Optional;
import org.testcontainers.DockerClientFactory;

/** Whether containers can be had: an engine answers, and has the image of the servers or can build it. */
final class Docker {
    private Docker() {}

    /** What is in the way of containers. */
    static Optional<String> obstacle() {
        try {
            DockerClientFactory.instance().client();
        } catch (RuntimeException e) {
            return Optional.of("no Docker engine answers; .ci/docker-up brings one up");
        }
        try {
            ServerImage.name();
        } catch (RuntimeException e) {
            return Optional.of("the image of the test servers cannot be built; .ci/docker-up gets its base image: "
                    + firstLine(e));
        }
        return Optional.empty();
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
