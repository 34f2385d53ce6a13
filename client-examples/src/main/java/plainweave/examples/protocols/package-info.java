/** Protocols, each a codec as a user would write it: RESP, which answers in order, and one whose replies carry ids. */
@NullMarked
package plainweave.examples.protocols;

import org.jspecify.annotations.NullMarked;
