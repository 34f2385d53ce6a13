/** The servers: one for each job, the same for all its peers. */
@NullMarked
package plainweave.benchmarks.server;

import org.jspecify.annotations.NullMarked;
