package plainweave.benchmarks.peers;

import java.time.Duration;
import java.util.List;
import plainweave.benchmarks.process.Gcc;

/**
 * What a peer needs to say how its client is started.
 *
 * @param port where the echo server listens on loopback
 * @param lifetime after which a client ends by itself, whatever happens to the arena
 * @param jvmFlags what every Java client is given besides its own flags
 * @param gcc for clients written in C
 */
public record Launch(int port, Duration lifetime, List<String> jvmFlags, Gcc gcc) {}
