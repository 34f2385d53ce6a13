package plainweave.observe;

import java.time.Duration;
import plainweave.call.Endpoint;

/**
 * A lease that looks forgotten.
 *
 * @param endpoint where its connection leads
 * @param held since it was acquired
 * @param takenAt the stack that took it
 * @param heldAt the present stack of the thread that took it; empty if that thread has ended
 */
public record Leaked(Endpoint endpoint, Duration held, Throwable takenAt, Throwable heldAt) {}
