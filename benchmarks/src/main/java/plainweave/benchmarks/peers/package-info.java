/** Who is measured: one file per peer, listed in {@code Peers}. */
@NullMarked
package plainweave.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
