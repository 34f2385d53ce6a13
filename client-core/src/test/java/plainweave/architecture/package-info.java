/** The rules of the house that a machine can hold: who may depend on whom, and what may not block a carrier. */
@NullMarked
package plainweave.architecture;

import org.jspecify.annotations.NullMarked;
