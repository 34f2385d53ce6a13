/**
 * Peers and checks for testing network clients, on the loopback device and without a network.
 *
 * <p>{@link plainweave.testing.EchoServer} behaves well, {@link plainweave.testing.FaultServer} misbehaves by
 * {@link plainweave.testing.Script}, as slow as its {@link plainweave.testing.Capacity} if told so, and at a
 * {@link plainweave.testing.DeadPort} nobody answers. {@link plainweave.testing.CodecKit} tries a codec on what networks
 * do to its frames.
 *
 * <p>They need nothing but the JDK and work from any test framework; for JUnit there are
 * {@link plainweave.testing.FaultServerExtension} and {@link plainweave.testing.CodecKit#dynamicTests()}.
 */
@NullMarked
package plainweave.testing;

import org.jspecify.annotations.NullMarked;
