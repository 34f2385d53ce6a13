package plainweave.examples.protocols;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import plainweave.codec.ByteWriter;
import plainweave.testing.CodecKit;

class TaggedFramesTest {
    private static final int LIMIT = 20_000;
    private static final TaggedFrames CODEC = new TaggedFrames();
    private static final byte[] REQUEST = {};

    @TestFactory
    Stream<DynamicTest> theyWithstandWhatANetworkDoesToThem() {
        return CodecKit.<byte[]>buffered(
                        (frame, out) -> {
                            ByteWriter writer = ByteWriter.over(out, LIMIT);
                            CODEC.write(frame, writer);
                            writer.flush();
                        },
                        in -> new AsTheLibraryReads<>(CODEC, REQUEST, in, LIMIT))
                .samples(new byte[0], new byte[300])
                .unwritable(new byte[LIMIT])
                .hostile(LIMIT, new byte[] {-1, -1, -1, -1, 0, 0, 0, 0}, new byte[] {0, 0, 0, 3, 0, 0, 0})
                .dynamicTests();
    }
}
