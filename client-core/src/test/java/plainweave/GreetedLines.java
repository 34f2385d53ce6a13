package plainweave;

import java.io.IOException;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.codec.Opening;

/** Lines, after a first one with which the peer greets. */
class GreetedLines implements LinesCodec {
    @Override
    public Codec<String, String> open(Opening on) throws IOException {
        Codecs.lines().read("", on.in());
        return this;
    }
}
