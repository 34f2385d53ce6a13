package plainweave.observe;

import plainweave.call.Endpoint;
import plainweave.call.Priority;

/**
 * A call was refused in the queue.
 *
 * @param endpoint where it wanted to go
 * @param priority at which it came
 * @param why in words
 */
public record Shed(Endpoint endpoint, Priority priority, String why) {}
