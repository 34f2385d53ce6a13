/**
 * Peers for testing network clients on the loopback device: {@link plainweave.testing.EchoServer} behaves well,
 * {@link plainweave.testing.FaultServer} misbehaves by {@link plainweave.testing.Script}, and at a
 * {@link plainweave.testing.DeadPort} nobody answers. They need nothing but the JDK and work from any test framework.
 */
@NullMarked
package plainweave.testing;

import org.jspecify.annotations.NullMarked;
