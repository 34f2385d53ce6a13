/** What all examples share: how they start, what they are told, and how they show what they do. */
@NullMarked
package plainweave.examples.support;

import org.jspecify.annotations.NullMarked;
