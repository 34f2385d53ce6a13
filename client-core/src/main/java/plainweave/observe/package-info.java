/** What an observer is told: one report per exchange, connections opened and closed, lookups, and counts at any time. */
@NullMarked
package plainweave.observe;

import org.jspecify.annotations.NullMarked;
