package plainweave.codec;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * The common framings: one frame is the request, one frame is the reply.
 *
 * <p>All of them are immutable and free to be shared, take no request as repeatable, and do nothing to open a
 * connection. A reply over the frame bound is refused as {@link ByteReader} says, and a request over it as
 * {@link ByteWriter} says; prefixes and delimiters count to it. A request that the framing cannot carry is refused with
 * an {@link IllegalArgumentException} before any byte of it is written; its content is never part of the message.
 */
public final class Codecs {

    private Codecs() {}

    /**
     * Lines of UTF-8: requests end with LF, replies with LF or CR LF.
     *
     * @return the codec; it refuses requests with an LF anywhere or a CR at the end
     */
    public static Codec<String, String> lines() {
        return lines(StandardCharsets.UTF_8);
    }

    /**
     * Lines of text: requests end with LF, replies with LF or CR LF.
     *
     * @param charset one that keeps ASCII's line ends, as UTF-8, US-ASCII and ISO-8859-1 do
     * @return the codec; it refuses requests with an LF anywhere or a CR at the end
     * @throws IllegalArgumentException for UTF-16, UTF-32 and other charsets in which LF or CR is not its one ASCII
     *     byte: their lines cannot be found by that byte
     */
    public static Codec<String, String> lines(Charset charset) {
        if (!charset.canEncode() || !Arrays.equals("\r\n".getBytes(charset), new byte[] {'\r', '\n'})) {
            throw new IllegalArgumentException("charset " + charset
                    + " is not allowed: lines need one that writes CR and LF as the bytes 13 and 10, like UTF-8");
        }
        return new Lines(charset);
    }

    /**
     * Bytes up to a delimiter, in both directions.
     *
     * @param delimiter 1 to 1,024 bytes
     * @return the codec; it refuses requests in which the peer would see the delimiter before their end
     * @throws IllegalArgumentException if the delimiter has no or too many bytes
     */
    public static Codec<byte[], byte[]> delimited(byte... delimiter) {
        ByteReader.checkDelimiter(delimiter);
        return new Delimited(delimiter.clone());
    }

    /**
     * Frames of one size in both directions, with nothing around them.
     *
     * @param size the bytes of each request and each reply, 1 to 2^31-1
     * @return the codec; it refuses requests of another size
     * @throws IllegalArgumentException if {@code size} is under 1
     */
    public static Codec<byte[], byte[]> fixed(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("size " + size + " is not allowed: 1 to 2147483647 bytes");
        }
        return new Fixed(size);
    }

    /**
     * A length and then that many bytes, in both directions. The length is unsigned and does not count itself.
     *
     * @param prefixBytes the bytes of the length: 1, 2 or 4
     * @param order the order of these bytes
     * @return the codec; it refuses requests longer than the prefix can tell: 255 bytes for 1, 65,535 for 2
     * @throws IllegalArgumentException for any other {@code prefixBytes}
     */
    public static Codec<byte[], byte[]> lengthPrefixed(int prefixBytes, ByteOrder order) {
        if (prefixBytes != 1 && prefixBytes != 2 && prefixBytes != 4) {
            throw new IllegalArgumentException("prefixBytes " + prefixBytes + " is not allowed: 1, 2 or 4");
        }
        return new LengthPrefixed(prefixBytes, Objects.requireNonNull(order, "order"));
    }

    /**
     * A length as an unsigned LEB128 number of 1 to 5 bytes, and then that many bytes, in both directions: the
     * delimited messages of Protocol Buffers.
     *
     * @return the codec
     */
    public static Codec<byte[], byte[]> varint() {
        return Varint.INSTANCE;
    }

    private record Lines(Charset charset) implements Codec<String, String> {

        @Override
        public void write(String request, ByteWriter out) throws IOException {
            int lf = request.indexOf('\n');
            if (lf >= 0) {
                throw new IllegalArgumentException("line of " + request.length() + " characters has an LF at index "
                        + lf + ", which would end it there");
            }
            if (request.endsWith("\r")) {
                throw new IllegalArgumentException("line of " + request.length()
                        + " characters has a CR at its last index, which would be taken for a part of its end");
            }
            out.writeString(request, charset);
            out.writeByte('\n');
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return in.readLine(charset);
        }

        @Override
        public String toString() {
            return "lines(" + charset + ")";
        }
    }

    private static final class Delimited implements Codec<byte[], byte[]> {

        private final byte[] delimiter;

        Delimited(byte[] delimiter) {
            this.delimiter = delimiter;
        }

        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            int at = delimiterIn(request);
            if (at >= 0) {
                throw new IllegalArgumentException("request of " + request.length + " bytes has the delimiter at index "
                        + at + ", which would end it there");
            }
            out.write(request);
            out.write(delimiter);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            return in.readUntil(delimiter);
        }

        /**
         * Where the peer would see a delimiter too early, or -1. That may be where the request's last bytes and the
         * first of the true delimiter make one: with the delimiter "aa", the request "xa" is read as "x".
         */
        private int delimiterIn(byte[] request) {
            int at = -1;
            while ((at = Bytes.indexOf(request, at + 1, request.length, delimiter[0])) >= 0) {
                int inside = Math.min(delimiter.length, request.length - at);
                if (Arrays.equals(request, at, at + inside, delimiter, 0, inside)
                        && Arrays.equals(
                                delimiter, inside, delimiter.length, delimiter, 0, delimiter.length - inside)) {
                    return at;
                }
            }
            return -1;
        }

        @Override
        public String toString() {
            return "delimited("
                    + HexFormat.of().withPrefix("0x").withDelimiter(", ").formatHex(delimiter) + ")";
        }
    }

    private record Fixed(int size) implements Codec<byte[], byte[]> {

        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            if (request.length != size) {
                throw new IllegalArgumentException("request of " + request.length + " bytes, must be " + size);
            }
            out.write(request);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            return in.readBytes(size);
        }

        @Override
        public String toString() {
            return "fixed(" + size + ")";
        }
    }

    private record LengthPrefixed(int prefixBytes, ByteOrder order) implements Codec<byte[], byte[]> {

        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            int length = request.length;
            if (length > longest()) {
                throw new IllegalArgumentException("request of " + length + " bytes is longer than a prefix of "
                        + prefixBytes + " can tell: " + longest());
            }
            switch (prefixBytes) {
                case 1 -> out.writeByte(length);
                case 2 -> out.writeShort(length, order);
                default -> out.writeInt(length, order);
            }
            out.write(request);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            return in.readBytes(
                    switch (prefixBytes) {
                        case 1 -> in.readUnsignedByte();
                        case 2 -> in.readUnsignedShort(order);
                        default -> in.readUnsignedInt(order);
                    });
        }

        private int longest() {
            return switch (prefixBytes) {
                case 1 -> 0xFF;
                case 2 -> 0xFFFF;
                default -> Integer.MAX_VALUE;
            };
        }

        @Override
        public String toString() {
            return "lengthPrefixed(" + prefixBytes + ", " + order + ")";
        }
    }

    private enum Varint implements Codec<byte[], byte[]> {
        INSTANCE;

        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            out.writeVarint(request.length);
            out.write(request);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            return in.readBytes(Integer.toUnsignedLong(in.readVarint()));
        }

        @Override
        public String toString() {
            return "varint()";
        }
    }
}
