/** The one echo server that all peers of a run talk to. */
@NullMarked
package plainweave.benchmarks.server;

import org.jspecify.annotations.NullMarked;
