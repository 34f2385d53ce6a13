package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/** As much of Redis's protocol, version 2, as SET and GET need: a command is its words, a reply is text. */
final class RespCodec implements Codec<String[], String> {

    @Override
    public boolean pipelines() {
        return true;
    }

    @Override
    public void write(String[] command, ByteWriter out) throws IOException {
        head('*', command.length, out);
        for (String word : command) {
            head('$', word.length(), out);
            out.writeString(word, StandardCharsets.ISO_8859_1);
            end(out);
        }
    }

    private static void head(char kind, int length, ByteWriter out) throws IOException {
        out.writeByte(kind);
        out.writeString(Integer.toString(length), StandardCharsets.ISO_8859_1);
        end(out);
    }

    private static void end(ByteWriter out) throws IOException {
        out.writeByte('\r');
        out.writeByte('\n');
    }

    @Override
    public String read(String[] command, ByteReader in) throws IOException {
        int kind = in.readUnsignedByte();
        String line = in.readLine(StandardCharsets.ISO_8859_1);
        return switch (kind) {
            case '+' -> line;
            case '$' -> bulk(Integer.parseInt(line), in);
            default -> throw new ProtocolException("Redis answered " + (char) kind + line);
        };
    }

    private static String bulk(int length, ByteReader in) throws IOException {
        if (length < 0) {
            throw new ProtocolException("Redis has no such key");
        }
        String text = in.readString(length, StandardCharsets.ISO_8859_1);
        if (in.readUnsignedByte() != '\r' || in.readUnsignedByte() != '\n') {
            throw new ProtocolException("a bulk of " + length + " bytes does not end where it should");
        }
        return text;
    }
}
