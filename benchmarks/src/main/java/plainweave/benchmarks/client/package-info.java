/** What every client written in Java shares, so that peers differ only in how they make an exchange. */
@NullMarked
package plainweave.benchmarks.client;

import org.jspecify.annotations.NullMarked;
