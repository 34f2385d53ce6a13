package plainweave.observe;

import java.time.Duration;
import plainweave.call.Endpoint;

/**
 * A connection was secured by TLS, when it was opened or later (STARTTLS).
 *
 * @param endpoint where it leads
 * @param address the address it was opened to
 * @param resumed whether an earlier session was taken up, which costs about half of a full handshake
 * @param took the handshake alone
 */
public record Handshake(Endpoint endpoint, String address, boolean resumed, Duration took) {}
