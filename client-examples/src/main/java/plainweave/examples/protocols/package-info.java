/** Protocols, each a codec as a user would write it: RESP, which answers in order, one whose replies carry ids, and files in chunks. */
@NullMarked
package plainweave.examples.protocols;

import org.jspecify.annotations.NullMarked;
