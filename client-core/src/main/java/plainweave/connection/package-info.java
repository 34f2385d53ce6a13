/** How exchanges share one transport. */
@NullMarked
package plainweave.connection;

import org.jspecify.annotations.NullMarked;
