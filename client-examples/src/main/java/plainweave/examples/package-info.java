/** Small programs, one idea each, that bring their own server on loopback and end with one line of figures. */
@NullMarked
package plainweave.examples;

import org.jspecify.annotations.NullMarked;
