/** Which connection serves an exchange, and which are kept. */
@NullMarked
package plainweave.pool;

import org.jspecify.annotations.NullMarked;
