/** The parts of an exchange one by one, by JMH. */
@NullMarked
package plainweave.benchmarks.parts;

import org.jspecify.annotations.NullMarked;
