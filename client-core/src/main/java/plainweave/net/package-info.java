/** Transports: dialling them, and bytes in and out. */
@NullMarked
package plainweave.net;

import org.jspecify.annotations.NullMarked;
