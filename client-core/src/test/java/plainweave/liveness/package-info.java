/** Shown in JVMs with few carriers: nothing a client waits for holds one, spins, or comes too late. */
@NullMarked
package plainweave.liveness;

import org.jspecify.annotations.NullMarked;
