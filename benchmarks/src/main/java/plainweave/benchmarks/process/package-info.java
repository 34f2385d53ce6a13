/** Child processes: started on their core, spoken to by lines, timed from outside, never left behind. */
@NullMarked
package plainweave.benchmarks.process;

import org.jspecify.annotations.NullMarked;
