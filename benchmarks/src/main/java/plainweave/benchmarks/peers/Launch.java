package plainweave.benchmarks.peers;

import java.time.Duration;
import java.util.List;
import plainweave.benchmarks.process.Programs;

/**
 * What a peer needs to say how its client is started.
 *
 * @param port where the server listens on loopback
 * @param lifetime after which a client ends by itself, whatever happens to the arena
 * @param java the command of every Java client
 * @param jvmFlags what every Java client is given besides its own flags
 * @param programs for clients that are not Java
 */
public record Launch(int port, Duration lifetime, String java, List<String> jvmFlags, Programs programs) {}
