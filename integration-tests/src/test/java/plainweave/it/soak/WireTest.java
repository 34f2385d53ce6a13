package plainweave.it.soak;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.it.soak.Wire.Reply;
import plainweave.it.soak.Wire.Request;
import plainweave.testing.CodecKit;

/** The protocol of the long runs through the codec kit, as the codec and as leases and the peer speak it. */
class WireTest {
    private static final Wire WIRE = new Wire(1, true);
    private static final Request ANY = new Request(0, Fault.NONE, 0, new byte[0]);
    private static final Reply[] REPLIES = {
        new Reply(0, Wire.NOBODY, new byte[0]),
        new Reply(-1, 1, new byte[300]),
        new Reply(Long.MAX_VALUE, 2, bytes(20_000))
    };

    @TestFactory
    Stream<DynamicTest> repliesWithstandWhatANetworkDoesToThem() throws IOException {
        return replies(CodecKit.buffered(WireTest::write, in -> {
                    ByteReader reader = ByteReader.over(in, Wire.MAX_FRAME);
                    return () -> {
                        reader.startFrame();
                        return WIRE.read(ANY, reader);
                    };
                }))
                .oversize(Wire.MAX_FRAME, Wire.bytes(new Reply(1, 1, bytes(Wire.MAX_FRAME))))
                .dynamicTests();
    }

    @TestFactory
    Stream<DynamicTest> soTheyDoOnALease() {
        return replies(CodecKit.of(WireTest::write, Wire::readReply)).dynamicTests();
    }

    @TestFactory
    Stream<DynamicTest> requestsWithstandItToo() {
        return CodecKit.<Request>of(
                        (request, out) -> {
                            ByteWriter writer = ByteWriter.over(out, Wire.MAX_FRAME);
                            WIRE.write(request, writer);
                            writer.flush();
                        },
                        in -> {
                            DataInputStream data = new DataInputStream(in);
                            if (data.readByte() != Wire.REQUEST) {
                                throw new ProtocolException("not a request");
                            }
                            return Wire.readRequest(data);
                        })
                .samples(ANY, new Request(-1, Fault.REFUSE, Long.MIN_VALUE, bytes(300)))
                .unwritable(new Request(1, Fault.NONE, 0, new byte[Wire.MAX_FRAME]))
                .comparing((a, b) -> a.id() == b.id()
                        && a.fault() == b.fault()
                        && a.argument() == b.argument()
                        && Arrays.equals(a.payload(), b.payload()))
                .dynamicTests();
    }

    private static CodecKit<Reply> replies(CodecKit<Reply> kit) {
        return kit.samples(REPLIES)
                .comparing(
                        (a, b) -> a.id() == b.id() && a.user() == b.user() && Arrays.equals(a.payload(), b.payload()))
                .hostile(Wire.MAX_FRAME, claiming(-1), claiming(Integer.MAX_VALUE), claiming(Integer.MIN_VALUE));
    }

    private static void write(Reply reply, OutputStream out) throws IOException {
        out.write(Wire.bytes(reply));
    }

    /** The beginning of a reply with such a length. */
    private static byte[] claiming(int length) {
        return ByteBuffer.allocate(17)
                .put(Wire.REPLY)
                .putLong(1)
                .putInt(1)
                .putInt(length)
                .array();
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
