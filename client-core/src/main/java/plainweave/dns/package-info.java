/** Host name to addresses: cached, one lookup at a time for a name, on threads of its own. */
@NullMarked
package plainweave.dns;

import org.jspecify.annotations.NullMarked;
