/** The code that README and docs show, run; and what they say, checked. */
@NullMarked
package plainweave.docs;

import org.jspecify.annotations.NullMarked;
