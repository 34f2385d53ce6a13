/**
 * What a flight recording shows of a client: its events, begun where something takes time, and written if it took long. Their fields are
 * not private, because JFR alone reads them.
 */
@NullMarked
package plainweave.observe.jfr;

import org.jspecify.annotations.NullMarked;
