/** The watchdog: knows nanoTime and what to run when a deadline passes, nothing else. */
@NullMarked
package plainweave.time;

import org.jspecify.annotations.NullMarked;
