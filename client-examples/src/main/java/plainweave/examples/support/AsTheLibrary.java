package plainweave.examples.support;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.testing.CodecKit;

/** A codec as the codec kit takes it, used as a connection uses it. */
public final class AsTheLibrary {
    private AsTheLibrary() {}

    /** Writes requests of at most so many bytes. */
    public static <Q> CodecKit.Writer<Q> writes(Codec<Q, ?> codec, int maxFrame) {
        return (request, out) -> {
            ByteWriter writer = ByteWriter.over(out, maxFrame);
            codec.write(request, writer);
            writer.flush();
        };
    }

    /** Reads replies of at most so many bytes, all to this request, and none any more once the codec has thrown. */
    public static <Q, R> CodecKit.Opener<R> reads(Codec<Q, R> codec, Q request, int maxFrame) {
        return in -> new Replies<>(codec, request, in, maxFrame);
    }

    private static final class Replies<Q, R> implements CodecKit.Frames<R> {
        private final Codec<Q, R> codec;
        private final Q request;
        private final ByteReader in;
        private @Nullable IOException failure;

        Replies(Codec<Q, R> codec, Q request, InputStream in, int maxFrame) {
            this.codec = codec;
            this.request = request;
            this.in = ByteReader.over(in, maxFrame);
        }

        @Override
        public R next() throws IOException {
            if (failure != null) {
                throw failure; // the connection would be closed
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
}
