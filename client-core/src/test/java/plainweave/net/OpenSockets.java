package plainweave.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import plainweave.time.Await;

/** The sockets of this process, as the system counts them: what leaks there leaks. Linux only; elsewhere there are none to see. */
public final class OpenSockets {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    static {
        try {
            SocketChannel.open().close(); // the JDK keeps one of its own from the first on
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private OpenSockets() {}

    /** How many there are now. */
    public static int count() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(DESCRIPTORS)) {
            return (int) open.filter(OpenSockets::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns once there are no more than so many. */
    public static void awaitAtMost(int most) {
        Await.until("at most " + most + " sockets are open", () -> count() <= most);
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed meanwhile, as that of the listing itself
        }
    }
}
