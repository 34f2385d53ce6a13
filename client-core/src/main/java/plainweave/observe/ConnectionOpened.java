package plainweave.observe;

import java.time.Duration;
import plainweave.call.Endpoint;

/**
 * A connection was opened and set up, or a socket of the client's factory was connected.
 *
 * @param endpoint where it leads
 * @param address the address it was opened to
 * @param took from the lookup to the end of the codec's {@code open}; of a socket, to the end of its connect
 */
public record ConnectionOpened(Endpoint endpoint, String address, Duration took) {}
