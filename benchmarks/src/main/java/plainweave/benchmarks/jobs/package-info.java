/** What is measured: one file per job, listed in {@code Jobs}. */
@NullMarked
package plainweave.benchmarks.jobs;

import org.jspecify.annotations.NullMarked;
