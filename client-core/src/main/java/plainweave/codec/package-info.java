/**
 * From request to bytes and from bytes to reply: the contract of a protocol, and what it reads from and writes to.
 *
 * <p>A protocol is one class that implements {@link plainweave.codec.Codec}. {@link plainweave.codec.Codecs} has the
 * common framings ready made. {@link plainweave.codec.ByteReader} and {@link plainweave.codec.ByteWriter} work over any
 * stream, so a codec is tested with byte arrays and needs no socket.
 */
@NullMarked
package plainweave.codec;

import org.jspecify.annotations.NullMarked;
