/** The words of a call: where it goes, who goes first, until when, how far it has come, and how it can fail. */
@NullMarked
package plainweave.call;

import org.jspecify.annotations.NullMarked;
