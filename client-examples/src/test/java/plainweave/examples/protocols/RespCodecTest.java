package plainweave.examples.protocols;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import plainweave.codec.ByteReader;
import plainweave.examples.protocols.Resp.Array;
import plainweave.examples.protocols.Resp.Bulk;
import plainweave.examples.protocols.Resp.Nothing;
import plainweave.examples.protocols.Resp.Refusal;
import plainweave.examples.protocols.Resp.Text;
import plainweave.examples.protocols.Resp.Whole;
import plainweave.examples.support.AsTheLibrary;
import plainweave.testing.CodecKit;

/** The codec of Redis through the codec kit, each direction against a few lines of the other side. */
class RespCodecTest {
    private static final int LIMIT = 20_000;
    private static final RespCodec CODEC = new RespCodec("user", "secret");
    private static final List<byte[]> PING = RespCodec.command("PING");

    @TestFactory
    Stream<DynamicTest> itsRepliesWithstandWhatANetworkDoesToThem() {
        return CodecKit.<Resp>buffered((reply, out) -> out.write(bytes(reply)), AsTheLibrary.reads(CODEC, PING, LIMIT))
                .samples(
                        new Text("OK"),
                        new Text(""),
                        new Text("täglich"),
                        new Refusal("ERR unknown command"),
                        new Nothing(),
                        new Bulk(new byte[0]),
                        new Bulk("\r\n$3\r\n".getBytes(StandardCharsets.US_ASCII)),
                        new Bulk(new byte[300]),
                        new Whole(-7),
                        new Array(List.of()),
                        new Array(List.of(new Whole(1), new Array(List.of(new Text("in"), new Nothing())))))
                .comparing(RespCodecTest::same)
                .oversize(LIMIT, bytes(new Bulk(new byte[LIMIT])), bytes(new Text("x".repeat(LIMIT))))
                .hostile(
                        LIMIT,
                        ascii("$-2\r\n"),
                        ascii("$2147483647\r\n"),
                        ascii("$4294967295\r\n"),
                        ascii("*2147483647\r\n"),
                        ascii("*-2\r\n"),
                        ascii("*1\r\n".repeat(17)))
                .dynamicTests();
    }

    @TestFactory
    Stream<DynamicTest> itsCommandsWithstandItToo() {
        return CodecKit.<List<byte[]>>buffered(AsTheLibrary.writes(CODEC, LIMIT), in -> {
                    ByteReader reader = ByteReader.over(in, LIMIT);
                    return () -> readCommand(reader);
                })
                .samples(PING, RespCodec.command("SET", "key", ""), List.of(new byte[300], new byte[] {'\r', '\n'}))
                .unwritable(List.of(new byte[LIMIT]))
                .comparing((a, b) -> Arrays.deepEquals(a.toArray(), b.toArray()))
                .dynamicTests();
    }

    /** As the server reads one. */
    private static List<byte[]> readCommand(ByteReader in) throws IOException {
        in.startFrame();
        List<byte[]> words = new ArrayList<>();
        for (int left = number('*', in); left > 0; left--) {
            words.add(in.readBytes(number('$', in)));
            in.skip(2);
        }
        return words;
    }

    private static int number(char kind, ByteReader in) throws IOException {
        String line = in.readLine(StandardCharsets.US_ASCII);
        if (line.isEmpty() || line.charAt(0) != kind) {
            throw new IOException("not a " + kind + ": " + line);
        }
        return Integer.parseInt(line.substring(1));
    }

    private static boolean same(Resp a, Resp b) {
        return a instanceof Bulk one && b instanceof Bulk other
                ? Arrays.equals(one.bytes(), other.bytes())
                : a.equals(b);
    }

    /** As the server writes it. */
    private static byte[] bytes(Resp reply) {
        return switch (reply) {
            case Text(String text) -> ("+" + text + "\r\n").getBytes(StandardCharsets.UTF_8);
            case Refusal(String why) -> ("-" + why + "\r\n").getBytes(StandardCharsets.UTF_8);
            case Nothing() -> ascii("$-1\r\n");
            case Whole(long value) -> ascii(":" + value + "\r\n");
            case Array(List<Resp> values) -> {
                ByteArrayOutputStream whole = new ByteArrayOutputStream();
                whole.writeBytes(ascii("*" + values.size() + "\r\n"));
                values.forEach(value -> whole.writeBytes(bytes(value)));
                yield whole.toByteArray();
            }
            case Bulk(byte[] bytes) -> {
                byte[] head = ascii("$" + bytes.length + "\r\n");
                byte[] whole = Arrays.copyOf(head, head.length + bytes.length + 2);
                System.arraycopy(bytes, 0, whole, head.length, bytes.length);
                whole[whole.length - 2] = '\r';
                whole[whole.length - 1] = '\n';
                yield whole;
            }
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
