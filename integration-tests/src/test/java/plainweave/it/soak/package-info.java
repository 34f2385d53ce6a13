/** Long runs: many callers, many faults, and what must hold throughout and afterwards. */
@NullMarked
package plainweave.it.soak;

import org.jspecify.annotations.NullMarked;
