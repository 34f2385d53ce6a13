package plainweave.docs;

// region codec
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/** A key behind its length in two bytes; a value behind a 1 and its length in four, or a 0 where there is none. */
final class KeyValues implements Codec<String, Optional<byte[]>> {
    @Override
    public void write(String key, ByteWriter out) throws IOException {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0xFFFF) {
            throw new IllegalArgumentException("a key of " + bytes.length + " bytes is over 65535");
        }
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    @Override
    public Optional<byte[]> read(String key, ByteReader in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(in.readBytes(in.readUnsignedInt()));
            default -> throw new ProtocolException("a reply begins with byte " + kind);
        };
    }

    @Override
    public boolean repeatable(String key) {
        return true; // reading a key twice does no harm
    }
}
// endregion
