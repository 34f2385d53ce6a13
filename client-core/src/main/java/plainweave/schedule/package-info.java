/** Who goes next: the priority semaphore and its line. */
@NullMarked
package plainweave.schedule;

import org.jspecify.annotations.NullMarked;
