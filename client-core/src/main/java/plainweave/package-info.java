/**
 * Blocking network clients: a {@link plainweave.Client} gives {@link plainweave.Remote}s to call and {@link plainweave.Lease}s to
 * use by hand.
 */
@NullMarked
package plainweave;

import org.jspecify.annotations.NullMarked;
