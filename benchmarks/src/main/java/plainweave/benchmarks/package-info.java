/** The arena: the same job run by Plainweave and by its peers, side by side. Start reading at {@code Arena}. */
@NullMarked
package plainweave.benchmarks;

import org.jspecify.annotations.NullMarked;
