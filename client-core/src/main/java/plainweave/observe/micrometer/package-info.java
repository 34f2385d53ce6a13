/** Reports as Micrometer meters; nothing else depends on this package, or on Micrometer. */
@NullMarked
package plainweave.observe.micrometer;

import org.jspecify.annotations.NullMarked;
