/**
 * Blocking network clients: a {@link plainweave.Client} gives {@link plainweave.Remote}s to call, one call at a time, several at once in a
 * {@link plainweave.Fanout} or very many in a {@link plainweave.Bulk}, and {@link plainweave.Lease}s to use by hand.
 */
@NullMarked
package plainweave;

import org.jspecify.annotations.NullMarked;
