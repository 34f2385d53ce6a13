package plainweave.examples.protocols;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import plainweave.codec.ByteReader;
import plainweave.codec.Codec;
import plainweave.testing.CodecKit;

/** Frame by frame, and nothing any more once a codec has thrown: the connection is closed then. */
final class AsTheLibraryReads<Q, R> implements CodecKit.Frames<R> {
    private final Codec<Q, R> codec;
    private final Q request;
    private final ByteReader in;
    private @Nullable IOException failure;

    AsTheLibraryReads(Codec<Q, R> codec, Q request, InputStream in, int maxFrame) {
        this.codec = codec;
        this.request = request;
        this.in = ByteReader.over(in, maxFrame);
    }

    @Override
    public R next() throws IOException {
        if (failure != null) {
            throw failure;
        }
        in.startFrame();
        try {
            return codec.read(request, in);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }
}
