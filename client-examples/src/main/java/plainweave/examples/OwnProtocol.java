package plainweave.examples;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;
import plainweave.Client;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.examples.support.AsTheLibrary;
import plainweave.examples.support.EchoTarget;
import plainweave.examples.support.Example;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Traffic;
import plainweave.examples.support.Work;
import plainweave.testing.CodecKit;

/** A protocol is one class, this: two bytes to begin a frame, four of a length, so much text, and its checksum. The codec kit tries it first. */
public final class OwnProtocol implements Codec<String, String> {
    private static final int CALLERS = 32;
    private static final int CALLS = 200_000;
    private static final int BEGIN = 0xC0DE;
    private static final int MAX_FRAME = 16 * 1024;
    private static final HexFormat HEX = HexFormat.of();

    @Override
    public void write(String request, ByteWriter out) throws IOException {
        byte[] text = request.getBytes(StandardCharsets.UTF_8);
        out.writeShort(BEGIN);
        out.writeInt(text.length);
        out.write(text);
        out.writeInt(checksum(text));
    }

    @Override
    public String read(String request, ByteReader in) throws IOException {
        if (in.readUnsignedShort() != BEGIN) {
            throw new ProtocolException("a frame does not begin as one");
        }
        byte[] text = in.readBytes(in.readUnsignedInt());
        if (in.readInt() != checksum(text)) {
            throw new ProtocolException("a frame has a wrong checksum");
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private static int checksum(byte[] text) {
        CRC32 sum = new CRC32();
        sum.update(text);
        return (int) sum.getValue();
    }

    /** Calls the echo server at {@code -Dtarget=host:port}, or one of its own. */
    public static void main(String[] args) {
        Example.start(OwnProtocol::run);
    }

    static int run(Screen screen, Settings settings) {
        OwnProtocol codec = new OwnProtocol();
        CodecKit.buffered(AsTheLibrary.writes(codec, MAX_FRAME), AsTheLibrary.reads(codec, "", MAX_FRAME))
                .samples("", "täglich", "x".repeat(300))
                .unwritable("x".repeat(MAX_FRAME))
                .hostile(MAX_FRAME, HEX.parseHex("C0DEFFFFFFFF"), HEX.parseHex("C0DE0000000178DEADBEEF"))
                .check(); // throws if a check fails
        screen.line("Split, cut off or with lengths that lie, no frame is misread; now to a server:%n");
        try (EchoTarget target = EchoTarget.open(settings);
                Client client = Client.create()) {
            Work work =
                    Traffic.of(screen, CALLERS, settings.scaled(CALLS), client.remote(target.endpoint(), codec)::call);
            int exitCode = work.exitCode(screen);
            screen.line("OwnProtocol calls=%d failed=%d rate=%.0f", work.total(), work.left(), work.rate());
            return exitCode;
        }
    }
}
