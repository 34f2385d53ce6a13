package plainweave.codec;

import java.io.IOException;

/** What {@link Codecs#lines()} does, for codecs of tests that add to it. */
public interface LinesCodec extends Codec<String, String> {
    @Override
    default void write(String request, ByteWriter out) throws IOException {
        Codecs.lines().write(request, out);
    }

    @Override
    default String read(String request, ByteReader in) throws IOException {
        return Codecs.lines().read(request, in);
    }
}
