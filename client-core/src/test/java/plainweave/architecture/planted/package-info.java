/** Code that breaks the rules on purpose, so that the tests can show that a break is found. */
@NullMarked
package plainweave.architecture.planted;

import org.jspecify.annotations.NullMarked;
