package plainweave.observe;

import java.time.Duration;
import plainweave.call.Endpoint;

/**
 * A lease that looks forgotten.
 *
 * @param endpoint where its connection leads
 * @param held since it was acquired
 * @param takenAt the stack that took it
 */
public record Leaked(Endpoint endpoint, Duration held, Throwable takenAt) {}
