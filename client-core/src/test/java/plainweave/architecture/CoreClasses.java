package plainweave.architecture;

import java.net.URISyntaxException;
import java.nio.file.Path;
import plainweave.call.Endpoint;

/** Where the compiled classes of the core are, wherever the tests were started. */
final class CoreClasses {
    private CoreClasses() {}

    static Path directory() {
        return directoryOf(Endpoint.class);
    }

    static Path directoryOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
