/** The library against servers: contracts that hold in-process and on real servers in containers. */
@NullMarked
package plainweave.it;

import org.jspecify.annotations.NullMarked;
