package plainweave.it;

import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The one image of all test servers, made of Debian's own packages. It stays with the engine under a name that tells
 * its recipe: a second run finds it, and a changed recipe is built anew.
 */
final class ServerImage {
    private static final String RECIPE = """
            FROM debian:bookworm-slim
            RUN apt-get update \\
                && apt-get install -y --no-install-recommends nginx-light postgresql redis-server socat \\
                && rm -rf /var/lib/apt/lists/*
            """;

    /** Were there no registry in the name, machines set up with a mirror would ask that for the image. */
    private static final String NAME =
            "localhost/plainweave/test-servers:" + UUID.nameUUIDFromBytes(RECIPE.getBytes(StandardCharsets.UTF_8));

    private ServerImage() {}

    /**
     * The image's name. Where the engine does not have the image it is built, which takes a minute at most.
     *
     * @throws RuntimeException if that fails: the base image is not to be had, say
     */
    static String name() {
        try {
            DockerClientFactory.lazyClient().inspectImageCmd(NAME).exec();
        } catch (NotFoundException none) {
            try {
                build("default");
            } catch (DockerClientException e) {
                build("host"); // packages that only the machine's own network reaches
            }
        }
        return NAME;
    }

    private static void build(String network) {
        System.out.println("building the image of the test servers, network " + network + ", once for this machine");
        new ImageFromDockerfile(NAME, false)
                .withFileFromString("Dockerfile", RECIPE)
                .withBuildImageCmdModifier(command ->
                        command.withNetworkMode(network).withRemove(true).withForcerm(true))
                .get();
    }
}
